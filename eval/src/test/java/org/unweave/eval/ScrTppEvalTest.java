package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.EvalConfig;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.TopKForm;

/** SCR and TPP of SAEs whose scores are known, the schema's keys, and what is refused. */
class ScrTppEvalTest {
    private static final List<Integer> SCHEMA_N = List.of(2, 5, 10, 20, 50, 100, 500);

    @TempDir
    Path cache;

    @ParameterizedTest
    @ValueSource(strings = {"scr", "tpp"})
    void evaluate_silentSae_isExactlyZero(String evaluation) {
        JsonNode metrics = report(evaluation, TestRuns.silent()).json().get("eval_result_metrics");

        for (String group : List.of(evaluation + "_metrics", evaluation + "_without_padding")) {
            assertThat(metrics.get(group)).isNotEmpty();
            metrics.get(group)
                    .forEach(score -> assertThat(score.isNull() || score.doubleValue() == 0)
                            .isTrue());
        }
        assertThat(metrics.get(evaluation + "_interval")).isNotEmpty();
        metrics.get(evaluation + "_interval")
                .forEach(bound -> assertThat(bound.doubleValue()).isZero());
    }

    @Test
    void tpp_latentsOfTheClasses_blindTheirOwnProbeOnly() {
        Map<String, Double> planted = planted("tpp").headline();

        double total = planted.get("tpp_threshold_2_total_metric");
        assertThat(planted.get("tpp_threshold_2_intended_diff_only")).isGreaterThan(0.2);
        assertThat(total).isGreaterThan(0.15);
        assertThat(planted.get("random_latents/tpp_threshold_2_total_metric_percentile_95"))
                .isLessThan(total - 0.1);
        assertThat(planted.get("interval/tpp_threshold_2_total_metric_low"))
                .isLessThan(total)
                .isGreaterThan(0.05);
        assertThat(planted.get("interval/tpp_threshold_2_total_metric_high")).isGreaterThan(total);
    }

    @Test
    void scr_latentsOfTheOtherAttribute_cureTheBiasedProbe() {
        EvalReport planted = planted("scr");

        double score = planted.headline().get("scr_metric_threshold_2");
        assertThat(score).isGreaterThan(0.5);
        assertThat(planted.headline().get("random_latents/scr_metric_threshold_2_percentile_95"))
                .isLessThan(score - 0.2);
        for (JsonNode detail : planted.json().get("eval_result_details")) {
            assertThat(detail.get("biased_accuracy").doubleValue()).isGreaterThan(0.9);
            assertThat(detail.get("biased_main_accuracy").doubleValue())
                    .isLessThan(detail.get("clean_main_accuracy").doubleValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scr", "tpp"})
    void evaluate_anyThreadsOrderAndCache_givesTheSameNumbers(String evaluation) {
        ObjectNode alone = numbers(report(evaluation, TestRuns.random(2)));
        FakeModel model = new FakeModel(400);
        try (EvalSession session = TestRuns.session(cache, model);
                Device device = Device.cpu(3)) {
            Evaluation evaluating = session.evaluation(evaluation, device);
            evaluating.evaluate(TestRuns.subject("first", TestRuns.identity()));
            EvalReport later = evaluating.evaluate(TestRuns.subject("job", TestRuns.random(2)));

            assertThat(numbers(later)).isEqualTo(alone);
        }
        assertThat(model.runs).isZero();
    }

    @Test
    void prepare_twice_runsTheModelOnce() {
        FakeModel model = new FakeModel(0);
        try (EvalSession session = TestRuns.session(cache, model);
                Device device = Device.cpu(1)) {
            session.evaluation("scr", device).prepare();
            session.evaluation("tpp", device).prepare();
            int runs = model.runs;
            session.evaluation("scr", device).prepare();
            session.evaluation("tpp", device).evaluate(TestRuns.subject("job", TestRuns.identity()));

            assertThat(model.runs).isEqualTo(runs).isPositive();
        }
    }

    @Test
    void measure_attributions_areOfEveryLatentAndStandInNoReport() {
        try (EvalSession session = TestRuns.session(cache, new FakeModel(0));
                Device device = Device.cpu(1)) {
            AblationResult scr = new ScrEval(session, device).measure(TestRuns.subject("job", TestRuns.identity()));
            AblationResult tpp = new TppEval(session, device).measure(TestRuns.subject("job", TestRuns.identity()));

            assertThat(scr.attributions().keySet())
                    .containsExactlyInAnyOrder(
                            "made-up/pairs/a_b/main",
                            "made-up/pairs/a_b/second",
                            "made-up/pairs/b_c/main",
                            "made-up/pairs/b_c/second");
            assertThat(tpp.attributions()).hasSize(6);
            assertThat(scr.attributions().get("made-up/pairs/b_c/main").features())
                    .isEqualTo(TestRuns.identity().features());
        }
    }

    @Test
    void measure_plantedTexts_attributesToTheAxesOfWhatTheyAreAbout() {
        try (EvalSession session = session(new PlantedTexts());
                Device device = Device.cpu(1)) {
            Subject subject = TestRuns.subject("job", TestRuns.identity());
            Map<String, Attribution> scr =
                    new ScrEval(session, device).measure(subject).attributions();
            Map<String, Attribution> tpp =
                    new TppEval(session, device).measure(subject).attributions();

            assertThat(scr.get("planted/pairs/a_b/second").largest(2)).containsExactlyInAnyOrder(3, 4);
            assertThat(scr.get("planted/pairs/b_c/main").largest(2)).containsExactlyInAnyOrder(1, 2);
            assertThat(tpp.get("planted/a/class1").largest(1)).containsExactly(1);
        }
    }

    @Test
    void scr_report_hasTheKeysOfTheSchemaAndThoseOfOurOwn() {
        ObjectNode json = report("scr", TestRuns.random(6)).json();

        JsonNode metrics = json.get("eval_result_metrics");
        assertThat(CoreEvalTest.keys(metrics))
                .isEqualTo(Set.of("scr_metrics", "scr_without_padding", "scr_random_latents", "scr_interval"));
        Set<String> keys = new HashSet<>();
        for (int n : SCHEMA_N) {
            keys.addAll(Set.of("scr_dir1_threshold_" + n, "scr_metric_threshold_" + n, "scr_dir2_threshold_" + n));
            assertThat(metrics.get("scr_metrics").get("scr_dir1_threshold_" + n).isNull())
                    .isEqualTo(!List.of(2, 5, 20).contains(n));
        }
        assertThat(CoreEvalTest.keys(metrics.get("scr_metrics"))).isEqualTo(keys);
        assertThat(json.get("eval_result_details")).hasSize(2);
        assertThat(json.get("eval_result_details").get(0).get("dataset_name").textValue())
                .isEqualTo("made-up/pairs_scr_a_b_results");
        assertThat(CoreEvalTest.keys(json.get("eval_result_details").get(1))).containsAll(keys);
        assertThat(json.get("eval_result_unstructured").isNull()).isTrue();
        JsonNode config = json.get("eval_config");
        assertConfig(config);
        assertThat(config.get("perform_scr").booleanValue()).isTrue();
        assertThat(config.get("train_set_size").intValue()).isEqualTo(80);
        assertThat(config.at("/column1_vals_lookup").get("made-up/pairs").toString())
                .isEqualTo("[[\"a\",\"b\"],[\"b\",\"c\"]]");
        JsonNode cells = config.get("texts_used").get("made-up/pairs").get("classes");
        assertThat(cells.get("a/s").get("test").intValue()).isEqualTo(PairedTexts.most(30));
        assertThat(cells.get("a/t").get("test").intValue()).isEqualTo(PairedTexts.most(15));
    }

    @Test
    void tpp_report_hasTheKeysOfTheSchemaAndThoseOfOurOwn() {
        ObjectNode json = report("tpp", TestRuns.random(6)).json();

        JsonNode metrics = json.get("eval_result_metrics");
        assertThat(CoreEvalTest.keys(metrics))
                .isEqualTo(Set.of("tpp_metrics", "tpp_without_padding", "tpp_random_latents", "tpp_interval"));
        Set<String> keys = new HashSet<>();
        for (int n : SCHEMA_N) {
            keys.addAll(Set.of(
                    "tpp_threshold_" + n + "_total_metric",
                    "tpp_threshold_" + n + "_intended_diff_only",
                    "tpp_threshold_" + n + "_unintended_diff_only"));
        }
        assertThat(CoreEvalTest.keys(metrics.get("tpp_metrics"))).isEqualTo(keys);
        assertThat(json.get("eval_result_details").get(1).get("dataset_name").textValue())
                .isEqualTo("made-up/b_tpp_results");
        JsonNode byClass = json.get("eval_result_unstructured").get("made-up/a");
        assertThat(CoreEvalTest.keys(byClass)).isEqualTo(Set.of("class0", "class1", "class2"));
        double sum = 0;
        for (JsonNode ofClass : byClass) {
            sum += ofClass.get("tpp_threshold_5_total_metric").doubleValue();
        }
        assertThat(json.get("eval_result_details")
                        .get(0)
                        .get("tpp_threshold_5_total_metric")
                        .doubleValue())
                .isEqualTo(sum / 3);
        assertConfig(json.get("eval_config"));
        assertThat(json.get("eval_config").get("perform_scr").booleanValue()).isFalse();
    }

    private static void assertConfig(JsonNode config) {
        assertThat(CoreEvalTest.keys(config))
                .containsAll(Set.of(
                        "random_seed",
                        "dataset_names",
                        "perform_scr",
                        "early_stopping_patience",
                        "train_set_size",
                        "test_set_size",
                        "context_length",
                        "probe_train_batch_size",
                        "probe_test_batch_size",
                        "probe_epochs",
                        "probe_lr",
                        "probe_l1_penalty",
                        "sae_batch_size",
                        "llm_batch_size",
                        "llm_dtype",
                        "lower_vram_usage",
                        "model_name",
                        "n_values",
                        "column1_vals_lookup"))
                .hasSize(24);
        assertThat(config.get("probe_train_batch_size").intValue()).isEqualTo(16);
        assertThat(config.get("probe_epochs").intValue()).isEqualTo(20);
    }

    @Test
    void evaluate_moreLatentsThanTheSaeHas_isLeftEmptyAndSaid() {
        ObjectNode json = report("tpp", RandomSae.create(12, 4, new float[FakeModel.WIDTH], 1))
                .json();

        JsonNode metrics = json.get("eval_result_metrics").get("tpp_metrics");
        assertThat(metrics.get("tpp_threshold_20_total_metric").isNull()).isTrue();
        assertThat(metrics.get("tpp_threshold_5_total_metric").isNumber()).isTrue();
        assertThat(json.at("/eval_config/n_values_above_features").toString()).isEqualTo("[20]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scr", "tpp"})
    void evaluate_saeOfAnotherWidth_isRefusedByName(String evaluation) {
        FrozenSae wide = RandomSae.create(32, 4, new float[FakeModel.WIDTH + 1], 1);

        assertThatThrownBy(() -> report(evaluation, wide))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("test_job_10 takes activations of width 13")
                .hasMessageContaining("12");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scr", "tpp"})
    void evaluate_saeWithInfiniteBias_isRefusedByName(String evaluation) {
        TopKForm sae = RandomSae.create(32, 4, new float[FakeModel.WIDTH], 1);
        sae.bEnc1F().set(0, 3, Float.POSITIVE_INFINITY);

        assertThatThrownBy(() -> report(evaluation, sae))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("latent 3")
                .hasMessageContaining("test_job_10");
    }

    @Test
    void scr_cellWithTooFewTexts_isRefusedWithWhatWouldFit() {
        EvalInputs few = new FakeInputs() {
            @Override
            public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
                return super.paired(name, trainTexts, 19, seed);
            }
        };

        assertThatThrownBy(() -> evaluate("scr", few))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("a/s of made-up/pairs has 19 test texts")
                .hasMessageContaining("needs 30")
                .hasMessageContaining("lower eval.scr-tpp.scr-test-texts to at most 9");
    }

    @Test
    void scr_oneTextWithoutAToken_isReplacedByASpareOne() {
        EvalInputs withEmpty = new FakeInputs() {
            @Override
            public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
                PairedTexts texts = super.paired(name, trainTexts, testTexts, seed);
                List<PairedTexts.Cell> cells = texts.cells().stream()
                        .map(cell -> {
                            List<String> test = new ArrayList<>(cell.test());
                            test.set(3, "w1 w1");
                            return new PairedTexts.Cell(cell.main(), cell.second(), cell.train(), test);
                        })
                        .toList();
                return new PairedTexts(texts.name(), texts.seconds(), texts.pairs(), cells);
            }
        };
        JsonNode used =
                evaluate("scr", withEmpty).json().at("/eval_config/texts_used").get("made-up/pairs");

        assertThat(used.get("skipped_texts").intValue()).isEqualTo(6);
    }

    @Test
    void tpp_classOfOneText_isRefusedByName() {
        EvalInputs single = new FakeInputs() {
            @Override
            public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
                List<ClassTexts> classes =
                        super.labelled(name, trainTexts, testTexts, seed).classes();
                ClassTexts last = classes.getLast();
                return new ProbingTexts(
                        "made-up/" + name,
                        List.of(
                                classes.getFirst(),
                                new ClassTexts(
                                        last.key(), last.train(), last.test().subList(0, 1))));
            }
        };

        assertThatThrownBy(() -> evaluate("tpp", single))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("class2")
                .hasMessageContaining("1 test text");
    }

    @Test
    void pairedTexts_incomplete_areRefusedByName() {
        List<PairedTexts.Cell> cells = List.of(
                new PairedTexts.Cell("a", "s", List.of("w3"), List.of("w4")),
                new PairedTexts.Cell("a", "t", List.of("w3"), List.of("w4")),
                new PairedTexts.Cell("b", "s", List.of("w3"), List.of("w4")));
        List<PairedTexts.Pair> pair = List.of(new PairedTexts.Pair("a", "b"));

        assertThatThrownBy(() -> new PairedTexts("x", List.of("s", "t"), pair, cells))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("x has no cell b/t");
        assertThatThrownBy(() -> new PairedTexts("x", List.of("s"), pair, cells))
                .isInstanceOf(EvaluationException.class);
        assertThatThrownBy(() -> new PairedTexts("x", List.of("s", "t"), List.of(), cells))
                .isInstanceOf(EvaluationException.class);
    }

    private EvalReport planted(String evaluation) {
        PlantedTexts texts = new PlantedTexts();
        try (EvalSession session = session(texts);
                Device device = Device.cpu(1)) {
            return session.evaluation(evaluation, device).evaluate(TestRuns.subject("job", TestRuns.identity()));
        }
    }

    /** At the probes' learning rate it takes this many texts until they have forgotten their start. */
    private EvalSession session(PlantedTexts texts) {
        EvalConfig.ScrTppConfig sizes = new EvalConfig.ScrTppConfig(
                List.of("pairs"), 250, 60, List.of("a", "b"), 600, 150, 9, 16, List.of(2, 5, 20), 20, 50);
        return EvalSession.open(
                TestRuns.run(cache, List.of("a"), List.of(1), sizes),
                texts.model(),
                TestRuns.MODEL_DEVICE,
                texts,
                TestRuns.MEDIAN_NORM,
                Progress.NONE);
    }

    private EvalReport report(String evaluation, FrozenSae sae) {
        try (EvalSession session = TestRuns.session(cache, new FakeModel(0));
                Device device = Device.cpu(1)) {
            return session.evaluation(evaluation, device).evaluate(TestRuns.subject("job", sae));
        }
    }

    private EvalReport evaluate(String evaluation, EvalInputs inputs) {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        inputs,
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            return session.evaluation(evaluation, device).evaluate(TestRuns.subject("job", TestRuns.random(1)));
        }
    }

    private static ObjectNode numbers(EvalReport report) {
        ObjectNode json = report.json().deepCopy();
        json.remove(List.of("eval_id", "datetime_epoch_millis"));
        return json;
    }
}
