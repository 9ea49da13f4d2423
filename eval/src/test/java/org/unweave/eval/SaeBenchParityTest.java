package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.unweave.config.EvalConfig;
import org.unweave.model.Progress;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/**
 * Given SAEBench's probes and the rows it drew, its scores come out here: of SCR, TPP, sparse probing, and of the core
 * metrics that need no model, for each form of an SAE.
 */
class SaeBenchParityTest {
    private static final SaeBenchGolden GOLDEN = SaeBenchGolden.read();
    static final List<String> FORMS = SaeBenchGolden.FORMS;

    @TempDir
    Path cache;

    @ParameterizedTest
    @FieldSource("FORMS")
    void scr_probesOfTheReference_givesItsScoresAndEffects(String form) {
        JsonNode scr = GOLDEN.get("scr");
        StoredModel model = new StoredModel(GOLDEN.number("width"));
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (JsonNode cell : scr.required("cells")) {
            cells.add(new PairedTexts.Cell(
                    cell.required("main").textValue(),
                    cell.required("second").textValue(),
                    GOLDEN.texts(cell.required("train"), model),
                    GOLDEN.texts(cell.required("test"), model)));
        }
        PairedTexts texts =
                new PairedTexts("golden", List.of("s", "t"), List.of(new PairedTexts.Pair("a", "b")), cells);
        int train = scr.required("n").required("train").intValue();
        int test = scr.required("n").required("test").intValue();
        JsonNode expected = scr.required("results").required(form);
        JsonNode probes = scr.required("probes");

        onSae(form, model, texts.cells(train, test), (set, subject, workspace) -> {
            ScrTexts.Pair own =
                    ScrTexts.of(texts, set, sizes(train, test), 1).pairs().getFirst();
            ScrTexts.Pair pair = new ScrTexts.Pair(
                    own.first(),
                    own.second(),
                    new ProbedTask(own.main().task(), SaeBenchGolden.probe(probes.required("main"))),
                    new ProbedTask(own.secondary().task(), SaeBenchGolden.probe(probes.required("second"))),
                    new ProbedTask(own.biased().task(), SaeBenchGolden.probe(probes.required("biased"))));
            PooledLatents latents = PooledLatents.of(set, subject, workspace);
            Attribution main = ScrEval.attribution(pair.main(), latents, subject, workspace);
            Attribution second = ScrEval.attribution(pair.secondary(), latents, subject, workspace);
            assertEffects(main, expected.required("effects").required("main"));
            assertEffects(second, expected.required("effects").required("second"));
            Ablation ablation = ClosedFormAblation.of(set, latents, subject, GOLDEN.number("context"), workspace);
            ScrOutcomes outcomes = new ScrOutcomes(
                    pair,
                    ablation,
                    GOLDEN.nValues(),
                    second.largest(50),
                    main.largest(50),
                    Ablation.Reader.of(pair.biased().probe(), subject, workspace),
                    Ablation.Padding.ENCODED);

            assertScores(outcomes.scores(Outcomes.once(set.texts())), expected.required("scores"), 15);
            JsonNode clean = scr.required("clean");
            assertThat(outcomes.clean().get("biased_main_accuracy"))
                    .isCloseTo(
                            clean.required("male_professor / female_nurse probe on professor / nurse data")
                                    .doubleValue(),
                            within(1e-6));
            assertThat(outcomes.clean().get("clean_second_accuracy"))
                    .isCloseTo(clean.required("male / female").doubleValue(), within(1e-6));
        });
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void tpp_probesAndRowsOfTheReference_givesItsScoresAndEffects(String form) {
        JsonNode tpp = GOLDEN.get("tpp");
        StoredModel model = new StoredModel(GOLDEN.number("width"));
        ProbingTexts texts = classes(tpp, model);
        JsonNode expected = tpp.required("results").required(form);

        onSae(form, model, texts, (set, subject, workspace) -> {
            PooledLatents latents = PooledLatents.of(set, subject, workspace);
            List<TppTexts.ClassTask> tasks = new ArrayList<>();
            List<Ablation.Reader> readers = new ArrayList<>();
            List<int[]> ranked = new ArrayList<>();
            for (LabelledActivations.ClassRows ofClass : set.classes()) {
                LinearProbe.Examples train = drawn(tpp, set, "train", ofClass.key());
                LinearProbe.Examples test = drawn(tpp, set, "test", ofClass.key());
                LinearProbe probe = SaeBenchGolden.probe(tpp.required("probes").required(ofClass.key()));
                tasks.add(new TppTexts.ClassTask(
                        ofClass.key(), new ProbedTask(BinaryTask.of(train, test), probe), train, test));
                Ablation.Reader reader = Ablation.Reader.of(probe, subject, workspace);
                Attribution attribution =
                        Attribution.of(latents.means(), train, reader.alignmentF(), Attribution.Measure.SIGNED);
                assertEffects(attribution, expected.required("effects").required(ofClass.key()));
                readers.add(reader);
                ranked.add(selected(attribution, expected.required("selected").required(ofClass.key())));
            }
            TppOutcomes outcomes = new TppOutcomes(
                    TppTexts.of(set, tasks),
                    ClosedFormAblation.of(set, latents, subject, GOLDEN.number("context"), workspace),
                    GOLDEN.nValues(),
                    ranked,
                    readers,
                    Ablation.Padding.ENCODED);

            int[] once = Outcomes.once(set.texts());
            assertScores(outcomes.scores(once), expected.required("scores"), 15);
            outcomes.byClass(once)
                    .forEach((key, scores) ->
                            assertScores(scores, expected.required("by_class").required(key), 15));
            outcomes.clean()
                    .forEach((key, accuracy) -> assertThat(accuracy)
                            .isCloseTo(tpp.required("clean").required(key).doubleValue(), within(1e-6)));
        });
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void sparseProbing_rowsOfTheReference_givesItsAccuracies(String form) {
        JsonNode tpp = GOLDEN.get("tpp");
        StoredModel model = new StoredModel(GOLDEN.number("width"));
        ProbingTexts texts = classes(tpp, model);

        onSae(form, model, texts, (set, subject, workspace) -> {
            SparseRows pooled = PooledLatents.of(set, subject, workspace).means();
            for (int k : List.of(1, 2, 5)) {
                JsonNode expected = tpp.required("results")
                        .required(form)
                        .required("sparse_probing")
                        .required(Integer.toString(k));
                for (LabelledActivations.ClassRows ofClass : set.classes()) {
                    LinearProbe.Examples train = on(pooled, drawn(tpp, set, "train", ofClass.key()));
                    LinearProbe.Examples test = on(pooled, drawn(tpp, set, "test", ofClass.key()));
                    int[] columns = BinaryTask.of(train, test).distinctive(k);
                    LogisticProbe probe = LogisticProbe.fit(pooled.dense(train.row(), columns), k, train.positive());

                    assertThat(probe.accuracy(pooled.dense(test.row(), columns), test.positive()))
                            .as("%s, %d latents", ofClass.key(), k)
                            .isCloseTo(expected.required(ofClass.key()).doubleValue(), within(0.002));
                }
            }
        });
    }

    @Test
    void probe_orderOfTheReference_endsAtItsWeights() {
        JsonNode golden = GOLDEN.get("probe");
        int columns = golden.required("x").get(0).size();
        SparseRows.Builder rows =
                new SparseRows.Builder(columns, golden.required("x").size());
        boolean[] positive = new boolean[golden.required("x").size()];
        int[] row = new int[positive.length];
        int[] order = new int[positive.length];
        for (int n = 0; n < positive.length; n++) {
            for (int i = 0; i < columns; i++) {
                rows.add(i, golden.required("x").get(n).get(i).floatValue());
            }
            rows.endRow(1);
            positive[n] = golden.required("y").get(n).booleanValue();
            row[n] = n;
            order[n] = golden.required("order").get(n).intValue();
        }
        LinearProbe probe = SaeBenchGolden.probe(golden.required("start"));
        LinearProbe.Examples examples = new LinearProbe.Examples(rows.build(), row, positive);
        for (int from = 0; from < order.length; from += LinearProbe.Settings.ABLATION.batch()) {
            probe.update(examples, order, from, Math.min(order.length, from + LinearProbe.Settings.ABLATION.batch()));
        }

        LinearProbe expected = SaeBenchGolden.probe(golden.required("end"));
        for (int i = 0; i < columns; i++) {
            assertThat(probe.weight()[i]).isCloseTo(expected.weight()[i], within(2e-6));
        }
        assertThat(probe.bias()).isCloseTo(expected.bias(), within(2e-6));
    }

    @ParameterizedTest
    @FieldSource("FORMS")
    void core_sparsityAndVariance_areTheReferences(String form) {
        JsonNode golden = GOLDEN.get("core").required(form);
        JsonNode metrics = golden.required("metrics");
        int width = GOLDEN.number("width");
        try (Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            FrozenSae sae = GOLDEN.sae(form);
            CoreMeasurements measured = new CoreMeasurements(width, sae.features());
            double l1 = 0;
            int rows = 0;
            int[] active = new int[sae.features()];
            double l0 = 0;
            for (JsonNode batch : golden.required("batches")) {
                float[] values = SaeBenchGolden.floats(batch);
                Mat xBD = Mat.of(values.length / width, width, values);
                Codes codes = new Codes(sae.features());
                sae.encode(xBD, workspace, codes);
                Mat outBD = Mat.zeros(xBD.rows(), width);
                sae.decode(codes, workspace, outBD);
                measured.reconstruction().addBatch(xBD, outBD);
                for (int j = 0; j < codes.entries(); j++) {
                    l1 += codes.value()[j];
                    active[codes.feature()[j]] += codes.value()[j] > 0 ? 1 : 0;
                }
                l0 += codes.l0() * xBD.rows();
                rows += xBD.rows();
            }
            ReconstructionStatistics found = measured.reconstruction();

            assertRelative("l0", l0 / rows, metrics.required("l0"));
            assertRelative("l1", l1 / rows, metrics.required("l1"));
            assertRelative("l2_norm_in", found.normIn(), metrics.required("l2_norm_in"));
            assertRelative("l2_norm_out", found.normOut(), metrics.required("l2_norm_out"));
            assertRelative("l2_ratio", found.ratio(), metrics.required("l2_ratio"));
            assertRelative(
                    "relative_reconstruction_bias",
                    found.relativeBias(),
                    metrics.required("relative_reconstruction_bias"));
            assertRelative(
                    "explained_variance", found.explainedVarianceAsPublished(), metrics.required("explained_variance"));
            assertRelative(
                    "explained_variance_legacy",
                    found.explainedVarianceLegacy(),
                    metrics.required("explained_variance_legacy"));
            assertRelative("mse", found.meanSquaredError(), metrics.required("mse"));
            assertRelative("cossim", found.cosine(), metrics.required("cossim"));
            WeightStatistics weights = new WeightStatistics(sae, device.ops());
            for (int latent = 0; latent < sae.features(); latent++) {
                assertRelative(
                        "feature_density",
                        (double) active[latent] / rows,
                        golden.required("feature_density").get(latent));
                assertRelative(
                        "encoder_norm",
                        weights.encoderNorm(latent),
                        golden.required("encoder_norm").get(latent));
                assertRelative(
                        "encoder_decoder_cosine_sim",
                        weights.encoderDecoderCosine(latent),
                        golden.required("encoder_decoder_cosine_sim").get(latent));
                assertRelative(
                        "max_encoder_cosine_sim",
                        weights.maxEncoderCosine(latent),
                        golden.required("max_encoder_cosine_sim").get(latent));
                assertRelative(
                        "max_decoder_cosine_sim",
                        weights.maxDecoderCosine(latent),
                        golden.required("max_decoder_cosine_sim").get(latent));
            }
        }
    }

    private static void assertRelative(String key, double found, JsonNode expected) {
        assertThat(found)
                .as(key)
                .isCloseTo(expected.doubleValue(), within(Math.max(1e-6, 1e-3 * Math.abs(expected.doubleValue()))));
    }

    private static void assertScores(Map<String, Double> found, JsonNode expected, int count) {
        assertThat(found).hasSize(expected.size()).hasSize(count);
        found.forEach((key, score) ->
                assertThat(score).as(key).isCloseTo(expected.required(key).doubleValue(), within(0.002)));
    }

    /**
     * Our choice of 50, but of the latents without effect, if it comes to them, the reference's; those are as many, and
     * it does not say which of them it takes.
     */
    private static int[] selected(Attribution attribution, JsonNode stored) {
        List<Integer> theirs = new ArrayList<>();
        stored.forEach(latent -> theirs.add(latent.intValue()));
        List<Integer> ours =
                new ArrayList<>(Arrays.stream(attribution.largest(50)).boxed().toList());
        assertThat(ours).hasSameSizeAs(theirs);
        int withEffect = (int)
                ours.stream().filter(latent -> attribution.effect(latent) != 0).count();
        assertThat(withEffect).isGreaterThanOrEqualTo(20);
        List<Integer> ranked = ours.stream()
                .filter(latent -> attribution.effect(latent) != 0)
                .collect(Collectors.toCollection(ArrayList::new));
        assertThat(theirs).containsAll(ranked);
        theirs.stream().filter(latent -> !ranked.contains(latent)).toList().forEach(latent -> {
            assertThat(attribution.effect(latent)).isZero();
            ranked.add(latent);
        });
        return ranked.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void assertEffects(Attribution found, JsonNode stored) {
        float[] expected = SaeBenchGolden.floats(stored);
        assertThat(found.features()).isEqualTo(expected.length);
        for (int latent = 0; latent < expected.length; latent++) {
            assertThat(found.effect(latent)).isCloseTo(expected[latent], within(1e-5));
        }
    }

    private static ProbingTexts classes(JsonNode tpp, StoredModel model) {
        List<ProbingTexts.ClassTexts> classes = new ArrayList<>();
        for (JsonNode ofClass : tpp.required("classes")) {
            classes.add(new ProbingTexts.ClassTexts(
                    ofClass.required("key").textValue(),
                    GOLDEN.texts(ofClass.required("train"), model),
                    GOLDEN.texts(ofClass.required("test"), model)));
        }
        return new ProbingTexts("golden", classes);
    }

    /** The rows that the reference drew, which it names 1000 class + text. */
    private static LinearProbe.Examples drawn(JsonNode tpp, LabelledActivations set, String split, String key) {
        JsonNode rows = tpp.required("rows").required(split).required(key);
        int count = rows.required("row").size();
        int[] row = new int[count];
        boolean[] positive = new boolean[count];
        for (int i = 0; i < count; i++) {
            int id = rows.required("row").get(i).intValue();
            LabelledActivations.ClassRows ofClass = set.classes().get(id / 1000);
            row[i] = (split.equals("train") ? ofClass.train() : ofClass.test())[id % 1000];
            positive[i] = rows.required("label").get(i).intValue() == 1;
        }
        assertThat(Arrays.stream(row).distinct().count()).isEqualTo(count);
        return new LinearProbe.Examples(set.pooledModel(), row, positive);
    }

    private static LinearProbe.Examples on(SparseRows rows, LinearProbe.Examples examples) {
        return new LinearProbe.Examples(rows, examples.row(), examples.positive());
    }

    private static EvalConfig.ScrTppConfig sizes(int train, int test) {
        return new EvalConfig.ScrTppConfig(
                List.of("x"), train, test, List.of("x"), 2, 2, GOLDEN.number("context"), 8, List.of(2), 0, 0);
    }

    private interface Work {
        void on(LabelledActivations set, Subject subject, Workspace workspace);
    }

    private void onSae(String form, StoredModel stored, ProbingTexts texts, Work work) {
        try (Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops());
                ModelAccess model = new ModelAccess(stored, device, "blocks.0.hook_resid_post", 0);
                ActivationCache activations = new ActivationCache(cache)) {
            LabelledActivations set = LabelledActivations.of(
                    texts, model, GOLDEN.number("context"), 8, Double.MAX_VALUE, activations, Progress.NONE);
            work.on(set, TestRuns.subject("golden", GOLDEN.sae(form)), workspace);
        }
    }
}
