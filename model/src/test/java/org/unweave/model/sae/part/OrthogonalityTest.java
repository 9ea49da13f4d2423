package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.OrthogonalityConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.LossOracle;

/** Only the decoder rows of latents above the moving percentile are set apart, a sample of them at a time. */
class OrthogonalityTest {
    private static AttributionMap map(double threshold, double... attributionF) {
        AttributionMap map = new AttributionMap(
                new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001), attributionF.length);
        TextForwards.attribute(map, threshold, attributionF);
        return map;
    }

    private static Orthogonality term(double weight, int sample, AttributionMap map) {
        return new Orthogonality(new OrthogonalityConfig(weight, sample), map, map.attribution().length, 1);
    }

    // No text is needed: what tells most is known from those before.
    private static Forward forward(long step, Mat decFD) {
        return TextForwards.of(step, decFD, LabelledTexts.NONE, new float[decFD.rows()]);
    }

    private static double[] row(double[] gradient, Mat decFD, int feature) {
        int at = decFD.rows() * decFD.cols() + decFD.rows() + feature * decFD.cols();
        return Arrays.copyOfRange(gradient, at, at + decFD.cols());
    }

    @Test
    void add_handSizedRows_isLiteralAndMovesOnlyThoseAboveTheThreshold() {
        Mat decFD = Mat.of(4, 2, 1, 0, 0.6f, 0.8f, 0.8f, 0.6f, 0, 1);
        // One that lies at the threshold is not above it.
        Orthogonality term = term(0.5, 256, map(0.2, 0.4, 0.3, 0.2, 0.1));
        Forward forward = forward(0, decFD);
        term.observe(forward);

        double[] gradient = GradientCheck.gradient(term, forward);

        // The first two: c = 0.6, mean_i sum_j c^2 = 0.36.
        assertThat(TextForwards.value(term, forward)).isCloseTo(0.5 * 0.36, within(1e-6));
        // d / d u_0 of c^2 is 2 c (u_1 - c u_0) = (0, 0.96); so for the other.
        assertThat(row(gradient, decFD, 0)).containsExactly(new double[] {0, 0.48}, within(1e-6));
        assertThat(row(gradient, decFD, 1)).containsExactly(new double[] {0.384, -0.288}, within(1e-6));
        assertThat(row(gradient, decFD, 2)).containsOnly(0);
        assertThat(row(gradient, decFD, 3)).containsOnly(0);
        assertThat(Arrays.copyOf(gradient, 4 * 2 + 4)).as("W_enc and b_enc").containsOnly(0);
    }

    @Test
    void gradient_manyRows_isThatOfCentralDifferences() {
        Params params = GradientCheck.weights(24, 8, 55);
        double[] attribution = new double[24];
        int[] above = {0, 3, 4, 11, 17, 18, 23};
        for (int f : above) {
            attribution[f] = 0.1;
        }
        for (int f = 0; f < 24; f++) { // rows not of norm 1
            float[] scaled = params.decFD().copyRow(f);
            for (int d = 0; d < 8; d++) {
                scaled[d] *= 0.5f + f / 24f;
            }
            params.decFD().setRow(f, scaled);
        }
        Orthogonality term = term(0.7, 256, map(0.05, attribution));
        Forward forward = forward(0, params.decFD());
        term.observe(forward);
        LossOracle oracle = LossOracle.topK(GradientCheck.batch(1, 8, 1), forward.params(), 4);
        var loss = oracle.orthogonality(0.7, above);

        assertThat(TextForwards.value(term, forward)).isPositive().isCloseTo(oracle.value(loss), within(1e-6));
        GradientCheck.assertMatches(GradientCheck.gradient(term, forward), oracle, loss);
    }

    @Test
    void add_fewerThanTwoAbove_isZero() {
        Mat decFD = Mat.of(2, 2, 1, 0, 0.6f, 0.8f);
        Forward forward = forward(0, decFD);
        Orthogonality one = term(1, 256, map(0.2, 0.4, 0.1));
        Orthogonality none = new Orthogonality(
                new OrthogonalityConfig(1, 256),
                new AttributionMap(new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001), 2),
                2,
                1);
        one.observe(forward);
        none.observe(forward);

        assertThat(TextForwards.value(one, forward)).isZero();
        assertThat(GradientCheck.gradient(one, forward)).containsOnly(0);
        assertThat(TextForwards.value(none, forward)).isZero();
    }

    @Test
    void gradient_sampleOfFewer_movesOnlyThoseAndIsDrawnByStep() {
        Mat decFD = GradientCheck.weights(24, 8, 65).decFD();
        double[] attribution = new double[24];
        Arrays.fill(attribution, 0, 12, 0.1);
        Orthogonality term = term(1, 3, map(0.05, attribution));
        Set<Integer> everMoved = new HashSet<>();
        for (int step = 0; step < 20; step++) {
            Forward forward = forward(step, decFD);
            term.observe(forward);
            double[] gradient = GradientCheck.gradient(term, forward);
            Set<Integer> moved = new HashSet<>();
            for (int f = 0; f < 24; f++) {
                if (Arrays.stream(row(gradient, decFD, f)).anyMatch(g -> g != 0)) {
                    moved.add(f);
                }
            }
            assertThat(moved).hasSize(3);
            everMoved.addAll(moved);
        }
        assertThat(everMoved).hasSizeGreaterThan(9).allMatch(f -> f < 12);
    }
}
