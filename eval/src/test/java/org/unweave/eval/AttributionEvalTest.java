package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.data.LabelledSet;
import org.unweave.model.data.LabelledText;
import org.unweave.model.data.TwoAttributeSet;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.ReluForm;

/** Attributions of SAEs for which they are known, on texts that are for development alone; the same SAE, the same bytes. */
class AttributionEvalTest {
    @TempDir
    Path cache;

    /** Of two rows each; the second coordinate is the main label's alone, so w points along the first. */
    private static PairedTexts axes(StoredModel model) {
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int cell = 0; cell < 4; cell++) {
            float main = cell / 2 * 4;
            float[][] rows =
                    cell % 2 == 1 ? new float[][] {{5, main}, {1, main}} : new float[][] {{-3, main}, {1, main}};
            cells.add(new PairedTexts.Cell(
                    List.of("a", "b").get(cell / 2),
                    List.of("s", "t").get(cell % 2),
                    List.of(model.add(rows), model.add(rows)),
                    List.of(model.add(rows))));
        }
        return new PairedTexts("stored/axes", List.of("s", "t"), List.of(new PairedTexts.Pair("a", "b")), cells);
    }

    private static ReluForm relu(float[][] encFD, float[][] decFD) {
        int width = encFD[0].length;
        return new ReluForm(mat(encFD), Mat.zeros(1, encFD.length), mat(decFD), Mat.zeros(1, width));
    }

    private static Mat mat(float[][] rows) {
        Mat out = Mat.zeros(rows.length, rows[0].length);
        for (int row = 0; row < rows.length; row++) {
            out.setRow(row, rows[row]);
        }
        return out;
    }

    private EvalSession session(LanguageModel model, PairedTexts development) {
        EvalInputs inputs = new FakeInputs() {
            @Override
            public PairedTexts developmentTexts() {
                return development;
            }
        };
        return session(model, inputs);
    }

    private EvalSession session(LanguageModel model, EvalInputs inputs) {
        return EvalSession.open(
                TestRuns.run(cache), model, TestRuns.MODEL_DEVICE, inputs, TestRuns.MEDIAN_NORM, Progress.NONE);
    }

    private AttributionSnapshot onAxes(float[][] encFD, float[][] decFD) {
        StoredModel model = new StoredModel(2);
        return snapshot(model, axes(model), relu(encFD, decFD));
    }

    private AttributionSnapshot snapshot(LanguageModel model, PairedTexts texts, FrozenSae sae) {
        try (EvalSession session = session(model, texts);
                Device device = Device.cpu(1)) {
            Path file = session.attribution(device)
                    .evaluate(TestRuns.subject("job", sae))
                    .write(cache, "");
            return AttributionReport.read(file);
        }
    }

    @Test
    void attribute_latentsAlongKnownAxes_haveTheirSharesByHand() {
        // Means of label 1 and label 0: 3 and 0.5; 0 and 1.5; the main label's; 3 and 0.5.
        float[][] encFD = {{1, 0}, {-1, 0}, {0, 1}, {1, 0}};
        float[][] decFD = {{2, 9}, {-1, 9}, {1, 0}, {0.5f, 7}};

        AttributionSnapshot found = onAxes(encFD, decFD);

        // |2.5 * 2|, |-1.5 * -1|, 0, |2.5 * 0.5|, of 7.75
        assertThat(found.top()).extracting(Attributed::feature).containsExactly(0, 1, 3);
        assertThat(found.top().get(0).attribution()).isCloseTo(0.6451612903, within(1e-6));
        assertThat(found.top().get(1).attribution()).isCloseTo(0.1935483871, within(1e-6));
        assertThat(found.top().get(2).attribution()).isCloseTo(0.1612903226, within(1e-6));
        // 0.7 of the way from 1.5 to 5
        assertThat(found.percentile85()).isCloseTo(0.5096774194, within(1e-6));
        assertThat(found.probeAccuracy()).isEqualTo(1);
        assertThat(found.job()).isEqualTo("job");
        assertThat(found.step()).isEqualTo(10);
        assertThat(found.attribute()).isEqualTo("spurious");
        assertThat(found.features()).isEqualTo(4);
    }

    @Test
    void attribute_equalLatents_standInTheirOrder() {
        float[][] encFD = {{0, 1}, {1, 0}, {-1, 0}, {1, 0}, {1, 0}};
        float[][] decFD = {{0, 1}, {1, 0}, {-4, 0}, {1, 0}, {1, 0}};

        assertThat(onAxes(encFD, decFD).top()).extracting(Attributed::feature).containsExactly(2, 1, 3, 4);
    }

    @Test
    void attribute_noLatentThatDiffers_isEmptyWithoutNaN() {
        AttributionSnapshot found = onAxes(new float[][] {{0, 1}, {0, -1}}, new float[][] {{1, 1}, {1, 1}});

        assertThat(found)
                .isEqualTo(new AttributionSnapshot(
                        "job", 10, AttributionSnapshot.Source.EVALUATOR, "spurious", 2, List.of(), 0, 1));
        try (EvalSession session = session(new FakeModel(0), new FakeInputs());
                Device device = Device.cpu(1)) {
            EvalReport silent = session.attribution(device).evaluate(TestRuns.subject("silent", TestRuns.silent()));
            assertThat(silent.json().toString()).doesNotContain("NaN");
            assertThat(silent.json().at("/eval_result_details")).isEmpty();
        }
    }

    @Test
    void attribute_textsOfTheGoldenFile_agreesWithNumpy() throws IOException {
        JsonNode golden;
        try (InputStream in = AttributionEvalTest.class.getResourceAsStream("/golden/attribution.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        StoredModel model = new StoredModel(golden.get("w").size());
        List<List<String>> byLabel = List.of(new ArrayList<>(), new ArrayList<>());
        for (int n = 0; n < golden.get("texts").size(); n++) {
            byLabel.get(golden.get("labels").get(n).intValue())
                    .add(model.add(floats(golden.get("texts").get(n))));
        }
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int cell = 0; cell < 4; cell++) {
            List<String> texts = byLabel.get(cell % 2).subList(cell / 2 * 6, cell / 2 * 6 + 6);
            cells.add(new PairedTexts.Cell(
                    List.of("a", "b").get(cell / 2),
                    List.of("s", "t").get(cell % 2),
                    texts.subList(0, 4),
                    texts.subList(4, 6)));
        }
        PairedTexts texts =
                new PairedTexts("stored/golden", List.of("s", "t"), List.of(new PairedTexts.Pair("a", "b")), cells);
        Mat bEnc1F = Mat.zeros(1, golden.get("b_enc").size());
        bEnc1F.setRow(0, floatsOf(golden.get("b_enc")));
        Mat bDec1D = Mat.zeros(1, golden.get("b_dec").size());
        bDec1D.setRow(0, floatsOf(golden.get("b_dec")));
        ReluForm sae = new ReluForm(mat(floats(golden.get("w_enc"))), bEnc1F, mat(floats(golden.get("w_dec"))), bDec1D);

        try (EvalSession session = session(model, texts);
                Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            AttributionSnapshot found = AttributionEval.attribute(
                    session.development(), doubles(golden.get("w")), TestRuns.subject("job", sae), workspace);

            assertThat(found.top())
                    .extracting(Attributed::feature)
                    .containsExactlyElementsOf(ints(golden.get("order")));
            assertThat(found.top()).hasSizeBetween(30, 38);
            for (Attributed latent : found.top()) {
                double wanted = golden.get("attribution").get(latent.feature()).doubleValue();
                assertThat(latent.attribution()).isCloseTo(wanted, within(2e-6));
            }
            assertThat(found.percentile85())
                    .isCloseTo(golden.get("percentile_85").doubleValue(), within(2e-6));
        }
    }

    private static float[][] floats(JsonNode rows) {
        float[][] out = new float[rows.size()][];
        for (int row = 0; row < out.length; row++) {
            out[row] = floatsOf(rows.get(row));
        }
        return out;
    }

    private static float[] floatsOf(JsonNode row) {
        float[] out = new float[row.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = row.get(i).floatValue();
        }
        return out;
    }

    private static double[] doubles(JsonNode row) {
        double[] out = new double[row.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = row.get(i).doubleValue();
        }
        return out;
    }

    private static List<Integer> ints(JsonNode row) {
        List<Integer> out = new ArrayList<>();
        row.forEach(one -> out.add(one.intValue()));
        return out;
    }

    @Test
    void attribute_moreLatentsThanAMessageHolds_keepsTheLargestAndThePercentileOfAll() {
        FrozenSae wide = RandomSae.create(3000, 2500, new float[FakeModel.WIDTH], 5);
        try (EvalSession session = session(new FakeModel(0), new FakeInputs());
                Device device = Device.cpu(1)) {
            Path file = session.attribution(device)
                    .evaluate(TestRuns.subject("wide", wide))
                    .write(cache, "");
            AttributionSnapshot found = AttributionReport.read(file);

            assertThat(found.top()).hasSize(AttributionSnapshot.MOST);
            long above = found.top().stream()
                    .filter(latent -> latent.attribution() > found.percentile85())
                    .count();
            // 15 in a hundred of those with an attribution, which is nearly all of the 3000.
            assertThat(above).isBetween(350L, 451L);
        }
    }

    @Test
    void evaluate_anyThreadsOrderAndCache_givesTheSameBytes() throws IOException {
        byte[] alone = bytes(1, false, "one", new FakeModel(0));
        FakeModel cached = new FakeModel(400);

        assertThat(bytes(3, true, "two", cached)).isEqualTo(alone);
        assertThat(cached.runs).isZero();
    }

    private byte[] bytes(int threads, boolean othersBefore, String folder, FakeModel model) throws IOException {
        try (EvalSession session = session(model, new FakeInputs());
                Device device = Device.cpu(threads)) {
            Evaluation evaluation = session.attribution(device);
            if (othersBefore) {
                evaluation.evaluate(TestRuns.subject("first", TestRuns.identity()));
            }
            return Files.readAllBytes(evaluation
                    .evaluate(TestRuns.subject("job", TestRuns.random(2)))
                    .write(cache.resolve(folder), "print"));
        }
    }

    @Test
    void evaluate_severalCheckpoints_runsTheModelOnce() {
        FakeModel model = new FakeModel(0);
        try (EvalSession session = session(model, new FakeInputs());
                Device device = Device.cpu(1)) {
            Evaluation evaluation = session.attribution(device);
            evaluation.prepare();
            int runs = model.runs;
            evaluation.evaluate(TestRuns.subject("job", TestRuns.random(1)));
            evaluation.evaluate(TestRuns.subject("job", TestRuns.random(2)));

            assertThat(model.runs).isEqualTo(runs).isPositive();
        }
    }

    @Test
    void evaluate_runWithoutLabelledTexts_saysWhatToSet() {
        try (EvalSession session = session(new FakeModel(0), new SubjectModel.Inputs(4));
                Device device = Device.cpu(1)) {
            Evaluation evaluation = session.attribution(device);
            assertThat(evaluation.name()).isEqualTo("attribution");
            assertThatThrownBy(evaluation::prepare)
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("no labelled texts")
                    .hasMessageContaining("labelled.set");
        }
    }

    @Test
    void evaluate_saeOfAnotherWidth_isRefusedByName() {
        FrozenSae wide = RandomSae.create(32, 4, new float[FakeModel.WIDTH + 1], 1);
        try (EvalSession session = session(new FakeModel(0), new FakeInputs());
                Device device = Device.cpu(1)) {
            Subject subject = TestRuns.subject("job", wide);
            assertThatThrownBy(() -> session.attribution(device).evaluate(subject))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("test_job_10 takes activations of width 13");
        }
    }

    @Test
    void inputs_sameTextsInOtherPartsOrUnderOtherLabels_areOthers() {
        PairedTexts texts = new FakeInputs().developmentTexts();
        PairedTexts.Cell first = texts.cells().get(0);
        List<PairedTexts.Cell> otherPart = new ArrayList<>(texts.cells());
        List<String> all = new ArrayList<>(first.train());
        all.addAll(first.test());
        otherPart.set(0, new PairedTexts.Cell("a", "s", all.subList(0, 3), all.subList(3, all.size())));
        List<PairedTexts.Cell> otherLabels = new ArrayList<>(texts.cells());
        otherLabels.set(0, new PairedTexts.Cell("a", "t", first.train(), first.test()));
        PairedTexts.Cell second = texts.cells().get(1);
        otherLabels.set(1, new PairedTexts.Cell("a", "s", second.train(), second.test()));

        assertThat(Set.of(inputs(texts), inputs(with(texts, otherPart)), inputs(with(texts, otherLabels))))
                .hasSize(3);
    }

    private static PairedTexts with(PairedTexts texts, List<PairedTexts.Cell> cells) {
        return new PairedTexts(texts.name(), texts.seconds(), texts.pairs(), cells);
    }

    private String inputs(PairedTexts texts) {
        try (EvalSession session = session(new FakeModel(0), texts);
                Device device = Device.cpu(1)) {
            return session.attribution(device).inputs();
        }
    }

    /** What a stream of labelled texts changes in the texts of other evaluations makes their results other results. */
    @Test
    void inputs_ofOtherEvaluations_changeWithTheStreamsSplitAndWithTheTextsTrainedOn() {
        assertThat(otherInputs("scr", 42, Set.of())).isNotEqualTo(otherInputs("scr", 7, Set.of()));
        String one = otherInputs("sparse_probing", 7, Set.of());
        assertThat(otherInputs("sparse_probing", 7, Set.of("none of them"))).isEqualTo(one);
        assertThat(otherInputs("sparse_probing", 7, tested())).isNotEqualTo(one);
        assertThat(otherInputs("tpp", 7, tested())).isNotEqualTo(otherInputs("tpp", 7, Set.of()));
    }

    private static Set<String> tested() {
        ProbingTexts whole = CorpusInputs.split(labelledSet(), Set.of(), 30, 20, 7);
        return Set.of(whole.classes().getFirst().test().getFirst());
    }

    private static LabelledSet labelledSet() {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(new LabelledText("w" + (10 + i % 2) + " w" + (20 + i % 19) + " w" + (20 + i / 19), i % 2));
        }
        return new LabelledSet("files/parity", List.of("even", "odd"), texts);
    }

    private String otherInputs(String evaluation, long splitSeed, Set<String> trained) {
        List<String> cells = List.of("a/s", "a/t", "b/s", "b/t");
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            texts.add(new LabelledText("w" + (10 + i % 4) + " w" + (20 + i % 19) + " w" + (4 + i / 19), i % 4));
        }
        TwoAttributeSet set = new TwoAttributeSet(
                "files/x", List.of("a", "b"), List.of("s", "t"), new LabelledSet("files/x", cells, texts));
        EvalInputs inputs = new FakeInputs() {
            @Override
            public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
                return CorpusInputs.pairs(set, trainTexts, testTexts, splitSeed, seed);
            }

            @Override
            public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
                return CorpusInputs.split(labelledSet(), trained, trainTexts, testTexts, seed);
            }
        };
        try (EvalSession session = session(new FakeModel(0), inputs);
                Device device = Device.cpu(1)) {
            return session.evaluation(evaluation, device).inputs();
        }
    }
}
