package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;

/** The probe finds the spurious label, alike in whatever scale the model has, and is measured on what it was not fitted on. */
class AttributionTextsTest {
    private static final int WIDTH = 30;

    @TempDir
    Path cache;

    private AttributionTexts texts(float scale, boolean restTold) {
        StoredModel model = new StoredModel(WIDTH);
        Draws draws = new Draws(4, "probed texts");
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int cell = 0; cell < 4; cell++) {
            List<String> train = new ArrayList<>();
            List<String> test = new ArrayList<>();
            for (int n = 0; n < 40; n++) {
                float[] row = new float[WIDTH];
                for (int i = 0; i < WIDTH; i++) {
                    row[i] = (float) draws.gaussian() / 4 * scale;
                }
                row[0] += cell / 2 * scale;
                boolean told = n < 30 || restTold;
                row[1] += told == (cell % 2 == 1) ? scale : 0;
                row[2] += 3 * scale;
                (n < 30 ? train : test).add(model.add(new float[][] {row}));
            }
            cells.add(new PairedTexts.Cell(
                    List.of("a", "b").get(cell / 2), List.of("s", "t").get(cell % 2), train, test));
        }
        PairedTexts texts =
                new PairedTexts("stored/probed", List.of("s", "t"), List.of(new PairedTexts.Pair("a", "b")), cells);
        EvalInputs inputs = new FakeInputs() {
            @Override
            public PairedTexts developmentTexts() {
                return texts;
            }
        };
        try (Device device = Device.cpu(1);
                EvalSession session = EvalSession.open(
                        TestRuns.run(cache.resolve(scale + " " + restTold)),
                        model,
                        device,
                        inputs,
                        TestRuns.MEDIAN_NORM,
                        Progress.NONE)) {
            return session.development();
        }
    }

    @Test
    void weights_ofThePlantedLabel_pointAlongIt() {
        double[] weightD = texts(1, true).weightD();

        for (int i = 0; i < WIDTH; i++) {
            if (i != 1) {
                assertThat(Math.abs(weightD[i])).as("coordinate " + i).isLessThan(weightD[1] / 3);
            }
        }
    }

    @Test
    void weights_ofAModelOfAnotherScale_areTheSameForItsRows() {
        double[] one = texts(1, true).weightD();
        double[] quarter = texts(0.25f, true).weightD();

        for (int i = 0; i < WIDTH; i++) {
            assertThat(quarter[i] / 4).isCloseTo(one[i], within(1e-5));
        }
    }

    @Test
    void accuracy_ofLabelsThatHoldForTheFittedTextsOnly_isOfTheRest() {
        assertThat(texts(1, true).accuracy()).isGreaterThan(0.9);
        assertThat(texts(1, false).accuracy()).isLessThan(0.1);
    }
}
