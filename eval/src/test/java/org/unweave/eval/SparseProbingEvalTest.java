package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** Probing SAEs whose accuracy is known, the schema's keys, and what no result may depend on. */
class SparseProbingEvalTest {
    @TempDir
    Path cache;

    @Test
    void evaluate_silentSae_isExactlyOneHalfEverywhere() {
        ObjectNode json = report(TestRuns.silent(), 1, 0).json();

        for (JsonNode byClass : json.get("eval_result_unstructured")) {
            for (String key : List.of(
                    "sae_test_accuracy",
                    "sae_top_1_test_accuracy",
                    "sae_top_2_test_accuracy",
                    "sae_top_5_test_accuracy")) {
                assertThat(byClass.get(key)).hasSize(3);
                byClass.get(key)
                        .forEach(accuracy -> assertThat(accuracy.doubleValue()).isEqualTo(0.5));
            }
        }
        assertThat(report(TestRuns.silent(), 1, 0).headline()).containsEntry("sae_top_5_test_accuracy", 0.5);
    }

    @Test
    void evaluate_latentsThatFireOnTheClassesWords_areFoundByOneLatent() {
        EvalReport planted = report(planted(), 1, 0);
        EvalReport random = report(TestRuns.random(5), 1, 0);

        assertThat(planted.headline().get("sae_top_1_test_accuracy")).isGreaterThan(0.9);
        assertThat(planted.headline().get("made-up/a/sae_top_1_test_accuracy")).isGreaterThan(0.75);
        assertThat(planted.headline().get("sae_test_accuracy")).isGreaterThan(0.9);
        // One random latent of 32 may lie along a class by luck; eight controls together do not.
        double[] controls = LongStream.rangeClosed(1, 8)
                .mapToDouble(
                        seed -> report(TestRuns.random(seed), 1, 0).headline().get("sae_top_1_test_accuracy"))
                .toArray();
        assertThat(DoubleStream.of(controls).average().orElseThrow()).isLessThan(0.8);
        assertThat(DoubleStream.of(controls).max().orElseThrow())
                .isLessThan(planted.headline().get("sae_top_1_test_accuracy"));
        assertThat(planted.headline().get("llm_top_5_test_accuracy"))
                .isEqualTo(random.headline().get("llm_top_5_test_accuracy"))
                .isBetween(0.55, 1.0);
    }

    @Test
    void evaluate_shuffledLabels_leaveNothingToFind() {
        Map<String, Double> headline = report(planted(), 1, 0).headline();

        assertThat(headline.get("shuffled_top_1_test_accuracy")).isBetween(0.35, 0.65);
        assertThat(headline.get("shuffled_top_5_test_accuracy")).isBetween(0.35, 0.65);
        assertThat(headline.get("shuffled_validated_test_accuracy")).isBetween(0.35, 0.65);
        // Its epoch is chosen on the test rows, which finds something where nothing is.
        assertThat(headline.get("shuffled_test_accuracy"))
                .isGreaterThan(headline.get("shuffled_validated_test_accuracy"))
                .isLessThan(0.75);
        assertThat(headline.get("llm_validated_test_accuracy")).isGreaterThan(0.65);
    }

    @Test
    void evaluate_otherActivationsAtBosAndPadding_givesTheSameNumbers() {
        assertThat(numbers(report(TestRuns.random(1), 1, 0))).isEqualTo(numbers(report(TestRuns.random(1), 1, 500)));
    }

    @Test
    void evaluate_anyThreadsAndOrderOfEvaluation_givesTheSameNumbers() {
        ObjectNode alone = numbers(report(TestRuns.random(2), 1, 0));

        try (EvalSession session = TestRuns.session(cache.resolve("other"), new FakeModel(0));
                Device device = Device.cpu(3)) {
            Evaluation probing = session.evaluation("sparse_probing", device);
            probing.evaluate(TestRuns.subject("first", planted()));
            session.evaluation("core", device).evaluate(TestRuns.subject("first", planted()));
            EvalReport later = probing.evaluate(TestRuns.subject("job", TestRuns.random(2)));

            assertThat(numbers(later)).isEqualTo(alone);
        }
    }

    @Test
    void evaluate_twoEvaluatorsAtOnce_computeSharedThingsOnceAndGiveTheSameNumbers() throws Exception {
        ObjectNode alone = numbers(report(TestRuns.random(8), 1, 0));
        FakeModel model = new FakeModel(0);
        try (EvalSession session = TestRuns.session(cache.resolve("shared"), model);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Callable<EvalReport> work = () -> {
                try (Device device = Device.cpu(1)) {
                    Evaluation probing = session.evaluation("sparse_probing", device);
                    probing.prepare();
                    return probing.evaluate(TestRuns.subject("job", TestRuns.random(8)));
                }
            };
            for (Future<EvalReport> done : threads.invokeAll(List.of(work, work))) {
                assertThat(numbers(done.get())).isEqualTo(alone);
            }
        }
        // Two sets, each of three classes with so many texts and one more, 16 texts to a batch.
        int batches = (3 * (TestRuns.TRAIN + TestRuns.TEST) + 1 + 15) / 16;
        assertThat(model.runs).isEqualTo(2 * batches);
    }

    @Test
    void evaluate_setsAndProbesAskedForInAnotherOrder_givesTheSameNumberToEach() {
        JsonNode forwards = report(TestRuns.random(3), 1, 0).json().get("eval_result_unstructured");
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache.resolve("reverse"), List.of("b", "a"), List.of(5, 1)),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        new FakeInputs(),
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            JsonNode backwards = session.evaluation("sparse_probing", device)
                    .evaluate(TestRuns.subject("job", TestRuns.random(3)))
                    .json()
                    .get("eval_result_unstructured");

            for (String set : List.of("made-up/a_results", "made-up/b_results")) {
                for (String key : List.of("sae_top_1_test_accuracy", "llm_top_5_test_accuracy", "sae_test_accuracy")) {
                    assertThat(backwards.get(set).get(key))
                            .isEqualTo(forwards.get(set).get(key));
                }
            }
        }
    }

    @Test
    void evaluate_secondSessionOnTheSameCache_asksTheModelNothingAndGivesTheSameNumbers() {
        FakeModel first = new FakeModel(0);
        FakeModel second = new FakeModel(0);
        ObjectNode computed = numbers(report(TestRuns.random(4), first));
        ObjectNode stored = numbers(report(TestRuns.random(4), second));

        assertThat(first.runs).isPositive();
        assertThat(second.runs).isZero();
        assertThat(stored).isEqualTo(computed);
    }

    @Test
    void evaluate_result_namesTheStoredActivations() {
        JsonNode used = report(TestRuns.random(4), new FakeModel(0)).json().at("/eval_config/texts_used");

        for (JsonNode set : used) {
            assertThat(cache.resolve("evaluation")
                            .resolve(set.get("activations").textValue())
                            .resolve("rows.f32"))
                    .isRegularFile();
        }
        assertThat(used).hasSize(2);
    }

    @Test
    void evaluate_textWithoutAToken_isSkippedAndCounted() {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        new FakeInputs(3, "w1 w1"),
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            JsonNode used = session.evaluation("sparse_probing", device)
                    .evaluate(TestRuns.subject("job", TestRuns.random(1)))
                    .json()
                    .at("/eval_config/texts_used")
                    .get("made-up/a");

            assertThat(used.get("skipped_texts").intValue()).isEqualTo(1);
            assertThat(used.get("classes").get("class0").get("train").intValue())
                    .isEqualTo(TestRuns.TRAIN);
        }
    }

    @Test
    void evaluate_textOfAnOutlierOnly_isSkippedAndCounted() {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        new FakeInputs(2, "w2"),
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            JsonNode used = session.evaluation("sparse_probing", device)
                    .evaluate(TestRuns.subject("job", TestRuns.random(1)))
                    .json()
                    .at("/eval_config/texts_used")
                    .get("made-up/a");

            assertThat(used.get("skipped_texts").intValue()).isEqualTo(1);
            assertThat(used.get("outlier_rows_left_out").intValue()).isEqualTo(1);
        }
    }

    @Test
    void evaluate_report_hasExactlyTheKeysOfTheSchemaAndThoseOfOurOwn() {
        ObjectNode json = report(TestRuns.random(6), 1, 0).json();

        JsonNode metrics = json.get("eval_result_metrics");
        assertThat(CoreEvalTest.keys(metrics)).isEqualTo(Set.of("llm", "sae", "unweave"));
        Set<String> detail = new HashSet<>(Set.of("dataset_name"));
        for (String prefix : List.of("llm", "sae")) {
            Set<String> keys = new HashSet<>(Set.of(prefix + "_test_accuracy", prefix + "_validated_test_accuracy"));
            for (int k : List.of(1, 2, 5, 10, 20, 50, 100)) {
                String key = prefix + "_top_" + k + "_test_accuracy";
                keys.add(key);
                assertThat(metrics.get(prefix).get(key).isNull()).as(key).isEqualTo(k > 5);
            }
            assertThat(CoreEvalTest.keys(metrics.get(prefix))).isEqualTo(keys);
            detail.addAll(keys);
        }
        assertThat(json.get("eval_result_details")).hasSize(2);
        assertThat(json.get("eval_result_details").get(0).get("dataset_name").textValue())
                .isEqualTo("made-up/a_results");
        json.get("eval_result_details")
                .forEach(node -> assertThat(CoreEvalTest.keys(node)).isEqualTo(detail));
        assertThat(CoreEvalTest.keys(json.get("eval_config")))
                .isEqualTo(Set.of(
                        "random_seed",
                        "dataset_names",
                        "probe_train_set_size",
                        "probe_test_set_size",
                        "context_length",
                        "sae_batch_size",
                        "llm_batch_size",
                        "llm_dtype",
                        "model_name",
                        "k_values",
                        "lower_vram_usage",
                        "largest_norm",
                        "texts_used"));
        JsonNode sae = json.get("sae_cfg_dict");
        assertThat(sae.get("architecture").textValue()).isEqualTo("topk");
        assertThat(sae.get("hook_name").textValue()).isEqualTo("blocks.0.hook_resid_post");
        assertThat(sae.get("d_sae").intValue()).isEqualTo(32);
    }

    @Test
    void probingTexts_classWithoutTexts_isRefusedByName() {
        List<ClassTexts> classes = List.of(
                new ClassTexts("full", List.of("w3"), List.of("w4")), new ClassTexts("hollow", List.of(), List.of()));

        assertThatThrownBy(() -> new ProbingTexts("made-up/a", classes))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("hollow")
                .hasMessageContaining("made-up/a");
    }

    @Test
    void evaluate_moreLatentsThanThereAre_isRefused() {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache, List.of("a"), List.of(50)),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        new FakeInputs(),
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            Evaluation probing = session.evaluation("sparse_probing", device);

            assertThatThrownBy(() -> probing.evaluate(TestRuns.subject("job", TestRuns.random(1))))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("k-values has 50");
        }
    }

    @Test
    void evaluate_saeWithNan_isRefusedByName() {
        TopKForm sae = RandomSae.create(32, 4, new float[FakeModel.WIDTH], 1);
        sae.bEnc1F().set(0, 3, Float.POSITIVE_INFINITY);

        assertThatThrownBy(() -> report(sae, 1, 0))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("latent 3")
                .hasMessageContaining("test_job_10");
    }

    /** Latent c fires where a row is nearly the vector of word 10 + c, which is what a class's texts have in common. */
    private static ReluForm planted() {
        FakeModel model = new FakeModel(0);
        Mat encFD = Mat.zeros(24, FakeModel.WIDTH);
        Mat bias = Mat.zeros(1, 24);
        bias.fill(-1);
        for (int c = 0; c < 3; c++) {
            float[] vector = model.vector(10 + c);
            double square = 0;
            for (float element : vector) {
                square += element * element;
            }
            encFD.setRow(c, vector);
            bias.set(0, c, (float) (-0.95 * square));
        }
        return new ReluForm(encFD, bias, encFD.copy(), Mat.zeros(1, FakeModel.WIDTH));
    }

    private EvalReport report(FrozenSae sae, int threads, float bosValue) {
        try (EvalSession session = TestRuns.session(cache.resolve("bos" + bosValue), new FakeModel(bosValue));
                Device device = Device.cpu(threads)) {
            return session.evaluation("sparse_probing", device).evaluate(TestRuns.subject("job", sae));
        }
    }

    private EvalReport report(FrozenSae sae, FakeModel model) {
        try (EvalSession session = TestRuns.session(cache, model);
                Device device = Device.cpu(1)) {
            return session.evaluation("sparse_probing", device).evaluate(TestRuns.subject("job", sae));
        }
    }

    private static ObjectNode numbers(EvalReport report) {
        ObjectNode json = report.json().deepCopy();
        json.remove(List.of("eval_id", "datetime_epoch_millis"));
        return json;
    }
}
