package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.JumpReluOracle;
import org.unweave.model.sae.KnownDictionary;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.part.Params;

/**
 * The jump-relu variant: literal losses and gradients of hand-sized weights, with our window and the reference's, its gradient
 * against central differences and the thresholds' by their own formula, that it finds a dictionary that is known, and that it
 * ends at its target L0.
 */
class JumpReluTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    private static Jobs handSized() {
        return Jobs.of("jump-relu").features(3).k(1).targetL0(2).jump(0.1, 1, 1);
    }

    /** A step of hand-sized weights with these thresholds. */
    private static LossTerms step(Sae sae, float... threshold) {
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(0.5f, 0, 0), Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(1, 0));
        States.setParams(sae, params, Map.of("threshold", Mat.row(threshold)));
        return sae.step(Mat.of(2, 2, 3, 1, 1, -2), 0, false);
    }

    private static void assertOthersLiteral(Sae sae) {
        assertThat(sae.gradient().weights().encFD().toArray())
                .containsExactly(new float[] {6, -1.5f, 0, 0, 0, 0}, CLOSE);
        assertThat(sae.gradient().weights().bEnc1F().toArray()).containsExactly(new float[] {3, 0, 0}, CLOSE);
        assertThat(sae.gradient().weights().decFD().toArray())
                .containsExactly(new float[] {0, -0.5f, 0, 0, 0, 0}, CLOSE);
        assertThat(sae.gradient().weights().bDec1D().toArray()).containsExactly(new float[] {3, 1}, CLOSE);
    }

    private static float[] thresholdGradient(Sae sae) {
        return sae.gradient().weights().extra("threshold").toArray();
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        try (Sae sae = Variants.create(handSized().sae(2, 10, 2), ops)) {
            // b_dec is not taken from the input. Pre-activations (3.5, 1, -3) and (1.5, -2, -1), so codes (3.5, 0, 0)
            // and
            // (1.5, 0, 0); errors (-1.5, 1) and (-1.5, -2).
            LossTerms loss = step(sae, 1.25f, 1.25f, 0.3f);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "target_l0");
            assertThat(loss.terms().get("reconstruction")).isCloseTo(4.75, within(1e-6));
            assertThat(loss.terms().get("target_l0")).isCloseTo(0.25, within(1e-6));
            assertThat(loss.l0()).isEqualTo(1);
            assertOthersLiteral(sae);
            // Within 0.5 of their thresholds are 1.5 and 1: - 1.25 dz of each, dz 1.5 and -1, and 0.25 by the L0.
            assertThat(thresholdGradient(sae)).containsExactly(new float[] {-1.625f, 1.5f, 0}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_asDictionaryLearning_looksForTheWindowOnTheCodes(Ops ops) {
        SaeConfig config = handSized().asDictionaryLearning().sae(2, 10, 2);
        try (Sae sae = Variants.create(config, ops)) {
            LossTerms loss = step(sae, 1.25f, 1.25f, 0.3f);

            assertThat(loss.terms().get("target_l0")).isCloseTo(0.25, within(1e-6));
            assertOthersLiteral(sae);
            // The code of the pre-activation 1 is 0, which is not near 1.25; those of the third are both near 0.3.
            assertThat(thresholdGradient(sae)).containsExactly(new float[] {-1.625f, 1.25f, 0.5f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_asDictionaryLearningWithANegativeThreshold_countsItsSilentCodes(Ops ops) {
        SaeConfig config = handSized().asDictionaryLearning().sae(2, 10, 2);
        try (Sae sae = Variants.create(config, ops);
                Sae ours = Variants.create(handSized().sae(2, 10, 2), ops)) {
            // The third latent's codes are 0, which is above -0.1: an L0 of 2, which is the target.
            assertThat(step(sae, 1.25f, 1.25f, -0.1f).terms().get("target_l0")).isZero();
            assertThat(thresholdGradient(sae)).containsExactly(new float[] {-1.875f, 1.25f, 0}, CLOSE);
            assertThat(step(ours, 1.25f, 1.25f, -0.1f).terms().get("target_l0")).isCloseTo(0.25, within(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_thresholdsAtAllHeights_isThatOfTheDefinition(Ops ops) {
        assertGradient(Jobs.of("jump-relu"), false, ops);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_asDictionaryLearning_isThatOfTheReferencesDefinition(Ops ops) {
        assertGradient(Jobs.of("jump-relu").asDictionaryLearning(), true, ops);
    }

    private static void assertGradient(Jobs job, boolean onCodes, Ops ops) {
        double bandwidth = 0.3;
        SaeConfig config = job.targetL0(4).jump(0.1, bandwidth, 0.7).sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, List.of("threshold"), 75);
        Mat threshold1F = params.extra("threshold");
        for (int feature = 0; feature < 24; feature++) { // below 0, below half the bandwidth, and above
            threshold1F.set(0, feature, -0.05f + 0.02f * feature);
        }
        Mat xBD = GradientCheck.batch(16, 8, 76);
        JumpReluOracle oracle = new JumpReluOracle(xBD, params, bandwidth);
        assertThat(oracle.inWindow(true)).as("the two windows differ").isNotEqualTo(oracle.inWindow(false));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of("threshold", threshold1F));

            LossTerms loss = sae.step(xBD, 0, false);

            double off = (onCodes ? oracle.l0OnCodes() : oracle.l0()) / 4 - 1;
            assertThat(loss.l0()).isCloseTo(oracle.l0(), within(1e-9));
            assertThat(loss.terms().get("reconstruction")).isCloseTo(oracle.reconstruction(), within(1e-6));
            assertThat(loss.terms().get("target_l0")).isPositive().isCloseTo(0.7 * off * off, within(1e-9));
            GradientCheck.assertMatches(sae.gradient().weights(), oracle.gradient(0.7, 4, onCodes));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.05, 0.1, 0.9, 3", "0.001, 0.001, 0, 3"})
    void training_knownDictionary_isRecoveredAtTheTargetL0(
            double initial, double bandwidth, double beta1, double weight) {
        SaeConfig config = Jobs.of("jump-relu")
                .features(36)
                .targetL0(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
                .adamBeta1(beta1)
                .jump(initial, bandwidth, weight)
                .schedule(0.05, 0.1, 0.8, 0.1)
                .sae(KnownDictionary.WIDTH, 1500, 256);
        try (Ops ops = new SimdOps(new Team(1))) {
            KnownDictionary.Outcome outcome = new KnownDictionary(4).train(config, ops);
            assertThat(outcome.untrained()).isLessThan(0.7);
            assertThat(outcome.trained()).isGreaterThan(0.9);
            assertThat(outcome.l0()).isCloseTo(KnownDictionary.ACTIVE, within(0.1 * KnownDictionary.ACTIVE));
            assertThat(outcome.frozenL0()).isCloseTo(outcome.l0(), within(1e-9));
        }
    }
}
