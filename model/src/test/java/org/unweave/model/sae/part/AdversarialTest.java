package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.model.sae.TextLosses.texts;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.unweave.config.JobConfig.AdversarialConfig;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.model.LabelledTexts;
import org.unweave.model.sae.States;
import org.unweave.model.sae.TextLosses;

/**
 * The term is the squared cosine to the probe's weights from before the batch, scaled by how well the probe does and by the
 * floor at least, and spares the latents that tell most where its scope says so.
 */
class AdversarialTest {
    // Nothing is held out, so that the accuracy stays what a test has set.
    private static final LabelledTexts TWO = texts(0, 1, "00", "01");
    private static final float[][] CROSSED = {{2, 0}, {0, 2}};

    private static AttributionMap map(int features) {
        return new AttributionMap(new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001), features);
    }

    private static Adversarial term(AttributionMap map, double weight, Scope scope) {
        return new Adversarial(new AdversarialConfig(weight, 0.1, scope), map);
    }

    private static void observe(AttributionMap map, Adversarial term, Forward forward) {
        map.observe(forward);
        term.observe(forward);
    }

    @Test
    void add_handSizedCodes_isLiteral() {
        AttributionMap map = map(2);
        TextForwards.know(map, 0.9, 3, 0, 5);
        Adversarial term = term(map, 0.5, Scope.ALL);
        Forward forward = TextForwards.of(TWO, CROSSED);
        observe(map, term, forward);

        // h - h_mean is (1, -1) and (-1, 1), w lies along the first: both cosines squared are 1/2, the scale is 0.4.
        assertThat(TextForwards.value(term, forward)).isCloseTo(0.5 * 0.4 * 0.5, within(1e-9));
        // d cos^2 / dv is (1/2, 1/2) and (-1/2, -1/2), halved by the mean; only what is active is moved.
        double[][] gradient = TextForwards.codeGradient(term, forward);
        assertThat(gradient[0]).containsExactly(new double[] {0.05, 0}, within(1e-7));
        assertThat(gradient[1]).containsExactly(new double[] {0, -0.05}, within(1e-7));
    }

    @ParameterizedTest
    @CsvSource({"0.9, 0.4", "1, 0.5", "0.55, 0.1", "0.5, 0.1", "0.2, 0.1", "0, 0.1"})
    void scale_isTheAccuracyAboveOneHalfAndNeverBelowTheFloor(double accuracy, double scale) {
        AttributionMap map = map(2);
        TextForwards.know(map, accuracy, 3, 0, 5);
        Adversarial term = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(TWO, CROSSED);
        observe(map, term, forward);

        assertThat(term.curves().get("adversarial_scale")).isCloseTo(scale, within(1e-9));
        assertThat(TextForwards.value(term, forward)).isCloseTo(scale * 0.5, within(1e-9));
    }

    @ParameterizedTest
    @EnumSource
    void gradient_randomCodes_isThatOfCentralDifferencesWithTheOldWeights(Scope scope) {
        Random random = new Random(7);
        int features = 9;
        LabelledTexts texts = texts(2, 3, "00", "01", "10", "11", "01");
        float[][] codes = new float[2 + 15][features];
        double[][] wide = new double[codes.length][features];
        for (int row = 0; row < codes.length; row++) {
            for (int f = 0; f < features; f++) {
                codes[row][f] = 0.1f + random.nextFloat();
                wide[row][f] = codes[row][f];
            }
        }
        double[] weights = random.doubles(features + 1, -1, 1).toArray();
        AttributionMap map = map(features);
        TextForwards.know(map, 0.8, weights);
        Adversarial term = term(map, 0.7, scope);
        Forward forward = TextForwards.of(texts, codes);
        observe(map, term, forward);
        int[] leftOut = scope == Scope.ALL ? new int[0] : map.above();
        double[] before = Arrays.copyOf(weights, features);
        var loss = TextLosses.adversarial(texts, 0.7 * 0.3, before, leftOut);

        double[][] gradient = TextForwards.codeGradient(term, forward);

        assertThat(map.weightsBefore()).containsExactly(weights);
        assertThat(TextForwards.value(term, forward)).isCloseTo(loss.applyAsDouble(wide), within(1e-9));
        double[][] wanted = TextLosses.differences(wide, loss);
        for (int row = 0; row < wanted.length; row++) {
            assertThat(gradient[row]).containsExactly(wanted[row], within(1e-7));
        }
        assertThat(gradient[0]).as("a row that is of no text").containsOnly(0);
    }

    @Test
    void add_belowPercentile_leavesTheLatentsAboveAlone() {
        AttributionMap map = map(3);
        TextForwards.know(map, 0.9, 1, 1, 9, 0);
        Adversarial term = term(map, 1, Scope.BELOW_PERCENTILE);
        Adversarial everywhere = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(TWO, new float[] {2, 1, 3}, new float[] {1, 2, 1});
        observe(map, term, forward);
        everywhere.observe(forward);

        assertThat(map.above()).containsExactly(2);
        double[][] gradient = TextForwards.codeGradient(term, forward);
        for (int text = 0; text < 2; text++) {
            assertThat(gradient[text][2]).isZero();
            assertThat(TextForwards.codeGradient(everywhere, forward)[text][2]).isNotZero();
        }
        // Of the first two alone: (1, -1) / 2 and its opposite, across (1, 1).
        assertThat(TextForwards.value(term, forward)).isCloseTo(0, within(1e-9));
        assertThat(TextForwards.value(everywhere, forward)).isGreaterThan(0.1);
    }

    @Test
    void add_probeThatHasNotLearned_isZero() {
        AttributionMap map = map(2);
        Adversarial term = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(TWO, CROSSED);

        observe(map, term, forward);
        assertThat(TextForwards.value(term, forward)).isZero();
        assertThat(TextForwards.codeGradient(term, forward)[0]).containsOnly(0);

        observe(map, term, forward);
        assertThat(TextForwards.value(term, forward)).isPositive();
    }

    @Test
    void add_noTexts_isZero() {
        AttributionMap map = map(2);
        TextForwards.know(map, 0.9, 3, 0, 5);
        Adversarial term = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(LabelledTexts.NONE, CROSSED);

        observe(map, term, forward);

        assertThat(TextForwards.value(term, forward)).isZero();
    }

    @Test
    void add_textsThatAreAllAlike_hasNoGradientThatIsNotANumber() {
        AttributionMap map = map(2);
        TextForwards.know(map, 0.9, 3, 0, 5);
        Adversarial term = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(TWO, new float[] {1, 2}, new float[] {1, 2});

        observe(map, term, forward);

        assertThat(TextForwards.value(term, forward)).isZero();
        assertThat(TextForwards.codeGradient(term, forward)[0]).containsOnly(0);
    }

    @Test
    void add_manyTimes_changesNothingOfTheProbes() {
        AttributionMap map = map(2);
        TextForwards.know(map, 0.9, 3, 0, 5);
        Adversarial term = term(map, 1, Scope.ALL);
        Forward forward = TextForwards.of(TWO, CROSSED);
        observe(map, term, forward);
        var before = States.of(map);
        double[][] first = TextForwards.codeGradient(term, forward);

        assertThat(TextForwards.codeGradient(term, forward)).isDeepEqualTo(first);
        States.assertSameBits(States.of(map), before);
    }
}
