package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.ReluForm;

/** What the mechanisms claim to move is measured as numpy and scikit-learn measure it. */
class MechanismEvalTest {
    private static final int EACH = 6;

    @TempDir
    Path cache;

    private Map<String, Double> found(LanguageModel model, EvalInputs inputs, FrozenSae sae) {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache),
                        model,
                        TestRuns.MODEL_DEVICE,
                        inputs,
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            return session.evaluation("mechanisms", device)
                    .evaluate(TestRuns.subject("job", sae))
                    .headline();
        }
    }

    @Test
    void measure_textsOfTheGoldenFile_agreesWithScikitLearn() throws IOException {
        JsonNode golden;
        try (InputStream in = MechanismEvalTest.class.getResourceAsStream("/golden/mechanisms.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        StoredModel model = new StoredModel(golden.get("b_dec").size());
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int cell = 0; cell < 4; cell++) {
            List<String> texts = new ArrayList<>();
            for (int n = 0; n < EACH; n++) {
                texts.add(model.add(new float[][] {floats(golden.get("texts").get(cell * EACH + n))}));
            }
            cells.add(new PairedTexts.Cell(
                    List.of("a", "b").get(cell / 2),
                    List.of("s", "t").get(cell % 2),
                    texts.subList(0, 4),
                    texts.subList(4, EACH)));
        }
        PairedTexts texts =
                new PairedTexts("stored/golden", List.of("s", "t"), List.of(new PairedTexts.Pair("a", "b")), cells);
        FrozenSae sae = new ReluForm(
                rows(golden.get("w_enc")),
                row(golden.get("b_enc")),
                rows(golden.get("w_dec")),
                row(golden.get("b_dec")));

        Map<String, Double> found = found(
                model,
                new FakeInputs() {
                    @Override
                    public PairedTexts developmentTexts() {
                        return texts;
                    }
                },
                sae);

        JsonNode wanted = golden.get("found");
        assertThat(found).hasSize(wanted.size());
        wanted.properties()
                .forEach(one -> assertThat(found.get(one.getKey()))
                        .as(one.getKey())
                        .isCloseTo(one.getValue().doubleValue(), within(1e-5)));
    }

    private static float[] floats(JsonNode array) {
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).floatValue();
        }
        return out;
    }

    private static Mat row(JsonNode array) {
        Mat out = Mat.zeros(1, array.size());
        out.setRow(0, floats(array));
        return out;
    }

    private static Mat rows(JsonNode array) {
        Mat out = Mat.zeros(array.size(), array.get(0).size());
        for (int i = 0; i < array.size(); i++) {
            out.setRow(i, floats(array.get(i)));
        }
        return out;
    }

    @Test
    void measure_saeThatNeverFires_isWithoutNaN() {
        Map<String, Double> found = found(new FakeModel(0), new FakeInputs(), TestRuns.silent());

        assertThat(found.get("latents")).isZero();
        assertThat(found.get("top_latents")).isZero();
        assertThat(found.get("spurious_accuracy")).isEqualTo(0.5);
        assertThat(found.get("contrast")).isZero();
    }

    @Test
    void prepare_runWithoutLabelledTexts_saysWhatToSet() {
        try (EvalSession session = EvalSession.open(
                        TestRuns.run(cache),
                        new FakeModel(0),
                        TestRuns.MODEL_DEVICE,
                        new SubjectModel.Inputs(4),
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE);
                Device device = Device.cpu(1)) {
            Evaluation evaluation = session.evaluation("mechanisms", device);
            assertThatThrownBy(evaluation::prepare)
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("labelled.set");
        }
    }
}
