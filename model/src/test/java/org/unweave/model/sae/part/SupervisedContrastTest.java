package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.model.sae.TextLosses.texts;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.ContrastiveConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.sae.TextLosses;

/** Positives share the main label alone, negatives the spurious one alone, and the loss is that of their cosines. */
class SupervisedContrastTest {
    private static Forward observed(AttributionMap map, LabelledTexts texts, float[]... codes) {
        Forward forward = TextForwards.of(texts, codes);
        map.observe(forward);
        return forward;
    }

    private static AttributionMap map(int features) {
        return new AttributionMap(new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001), features);
    }

    @Test
    void pairs_ofEachCell_areThoseThatTheLabelsSay() {
        var labels = texts(0, 1, "00", "01", "10", "11", "01h", "10h").texts();

        assertThat(SupervisedContrast.positives(labels, 0)).containsExactly(1, 4);
        assertThat(SupervisedContrast.negatives(labels, 0)).containsExactly(2, 5);
        assertThat(SupervisedContrast.positives(labels, 1)).containsExactly(0);
        assertThat(SupervisedContrast.negatives(labels, 1)).containsExactly(3);
        assertThat(SupervisedContrast.positives(labels, 3)).containsExactly(2, 5);
        assertThat(SupervisedContrast.negatives(labels, 3)).containsExactly(1, 4);
    }

    @Test
    void add_handSizedCodes_isLiteral() {
        AttributionMap map = map(2);
        SupervisedContrast term = new SupervisedContrast(new ContrastiveConfig(0.3, 0.5), map);

        // Centred and normalised: right, up, down, left. Each anchor's positive lies across it; its negative too.
        Forward across = observed(
                map,
                texts(0, 1, "00", "01", "10", "11"),
                new float[] {2, 1},
                new float[] {1, 2},
                new float[] {1, 0},
                new float[] {0, 1});
        assertThat(TextForwards.value(term, across)).isCloseTo(0.3 * Math.log(2), within(1e-6));

        // The main label lies along the first, the spurious one nowhere: positives together, negatives opposite.
        Forward told = observed(
                map,
                texts(0, 1, "00", "01", "10", "11"),
                new float[] {2, 1},
                new float[] {2, 1},
                new float[] {1, 1},
                new float[] {1, 1});
        assertThat(TextForwards.value(term, told)).isCloseTo(0.3 * Math.log(1 + Math.exp(-4)), within(1e-6));
    }

    @Test
    void gradient_randomCodes_isThatOfCentralDifferences() {
        Random random = new Random(17);
        int features = 7;
        // Cells of unlike sizes, and one text whose like there is not.
        LabelledTexts texts = texts(1, 2, "00", "01", "10", "11", "01h", "11", "11h");
        float[][] codes = new float[1 + 14][features];
        double[][] wide = new double[codes.length][features];
        for (int row = 0; row < codes.length; row++) {
            for (int f = 0; f < features; f++) {
                codes[row][f] = 0.1f + random.nextFloat();
                wide[row][f] = codes[row][f];
            }
        }
        AttributionMap map = map(features);
        SupervisedContrast term = new SupervisedContrast(new ContrastiveConfig(0.7, 0.1), map);
        Forward forward = observed(map, texts, codes);
        var loss = TextLosses.contrastive(texts, 0.7, 0.1);

        double[][] gradient = TextForwards.codeGradient(term, forward);

        assertThat(TextForwards.value(term, forward)).isPositive().isCloseTo(loss.applyAsDouble(wide), within(1e-9));
        double[][] wanted = TextLosses.differences(wide, loss);
        for (int row = 0; row < wanted.length; row++) {
            assertThat(gradient[row]).containsExactly(wanted[row], within(1e-5));
        }
        assertThat(gradient[0]).containsOnly(0);
    }

    @Test
    void add_anchorsWithoutAPositive_areLeftOutOfTheMean() {
        AttributionMap map = map(3);
        SupervisedContrast term = new SupervisedContrast(new ContrastiveConfig(1, 0.2), map);
        // 10 has no positive; it is a negative of 00.
        LabelledTexts texts = texts(0, 1, "00", "01", "10");
        float[][] codes = {{2, 0, 1}, {1, 2, 0}, {0, 1, 3}};
        Forward forward = observed(map, texts, codes);
        double[][] wide = {{2, 0, 1}, {1, 2, 0}, {0, 1, 3}};

        assertThat(TextForwards.value(term, forward))
                .isPositive()
                .isCloseTo(TextLosses.contrastive(texts, 1, 0.2).applyAsDouble(wide), within(1e-9));
    }

    @Test
    void add_noPositives_orNoTexts_isZero() {
        AttributionMap map = map(2);
        SupervisedContrast term = new SupervisedContrast(new ContrastiveConfig(1, 0.2), map);
        Forward noPositives = observed(map, texts(0, 1, "00", "10"), new float[] {2, 1}, new float[] {1, 2});

        assertThat(TextForwards.value(term, noPositives)).isZero();
        assertThat(TextForwards.codeGradient(term, noPositives)[0]).containsOnly(0);

        Forward noTexts = observed(map, LabelledTexts.NONE, new float[] {2, 1}, new float[] {1, 2});
        assertThat(TextForwards.value(term, noTexts)).isZero();
    }

    @Test
    void add_oneTextAtTheMean_hasNoGradientThatIsNotANumber() {
        AttributionMap map = map(2);
        SupervisedContrast term = new SupervisedContrast(new ContrastiveConfig(1, 0.1), map);
        Forward forward = observed(map, texts(0, 1, "00", "01"), new float[] {1, 1}, new float[] {1, 1});

        assertThat(TextForwards.value(term, forward)).isFinite();
        for (double[] row : TextForwards.codeGradient(term, forward)) {
            for (double one : row) {
                assertThat(one).isFinite();
            }
        }
    }
}
