package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.GatedOracle;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.KnownDictionary;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.part.Params;

/**
 * The gated variant: literal losses and gradients of hand-sized weights, its gradient against central differences, that it
 * finds a dictionary that is known, and that it ends at its target L0.
 */
class GatedTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        SaeConfig config = Jobs.of("gated")
                .features(3)
                .k(1)
                .targetL0(2)
                .sparsity(0.1, 0, 0)
                .sae(2, 10, 2);
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(0.5f, 0, 0), Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(1, 0));
        Map<String, Mat> extras = Map.of("b_mag", Mat.row(-0.25f, -1, 0), "r_mag", Mat.row(0, (float) Math.log(2), 0));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, extras);

            // Projections (2, 1.5, -2) and (0.2, -2, -0.2). Open gates 2.5 and 1.5; 0.7. Magnitudes under them 1.75 and
            // 2;
            // none, as 0.2 - 0.25 is negative. Errors (0.25, -0.5) and (0.2, -2), by the gates alone (-0.5, 0) and
            // (-0.5, -2).
            LossTerms loss = sae.step(Mat.of(2, 2, 3, 1.5f, 1.2f, -2), 0, false);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "l1", "gate_reconstruction");
            assertThat(loss.terms().get("reconstruction")).isCloseTo(2.17625, within(1e-6));
            assertThat(loss.terms().get("l1")).isCloseTo(0.235, within(1e-6));
            assertThat(loss.terms().get("gate_reconstruction")).isCloseTo(2.25, within(1e-6));
            assertThat(loss.loss()).isCloseTo(4.66125, within(1e-5));
            assertThat(loss.l0()).as("an open gate over nothing is not active").isEqualTo(1);
            Params gradient = sae.gradient().weights();
            assertThat(gradient.encFD().toArray())
                    .containsExactly(new float[] {0.71f, -0.65f, 2.1f, 1.575f, 0, 0}, CLOSE);
            assertThat(gradient.bEnc1F().toArray()).containsExactly(new float[] {1.1f, 0.05f, 0}, CLOSE);
            assertThat(gradient.extra("b_mag").toArray()).containsExactly(new float[] {-0.25f, 0.5f, 0}, CLOSE);
            assertThat(gradient.extra("r_mag").toArray()).containsExactly(new float[] {-0.5f, 1.5f, 0}, CLOSE);
            assertThat(gradient.decFD().toArray()).containsExactly(new float[] {0, 0.875f, -0.5f, 0, 0, 0}, CLOSE);
            assertThat(gradient.bDec1D().toArray()).containsExactly(new float[] {-1.3f, 1.45f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_smoothPoint_isThatOfCentralDifferences(Ops ops) {
        SaeConfig config = Jobs.of("gated").sparsity(0.3, 0, 0).sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, List.of("b_mag", "r_mag"), 85);
        Mat xBD = GradientCheck.batch(16, 8, 86);
        GatedOracle oracle = new GatedOracle(xBD, params);
        var reconstruction = oracle.reconstruction();
        var l1 = oracle.l1(0.3);
        var gate = oracle.gateReconstruction();
        assertThat(oracle.openOverNothing()).isPositive();
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of("b_mag", params.extra("b_mag"), "r_mag", params.extra("r_mag")));

            LossTerms loss = sae.step(xBD, 0, false);

            assertThat(loss.terms().get("reconstruction")).isCloseTo(oracle.value(reconstruction), within(1e-5));
            assertThat(loss.terms().get("l1")).isCloseTo(oracle.value(l1), within(1e-6));
            assertThat(loss.terms().get("gate_reconstruction")).isCloseTo(oracle.value(gate), within(1e-5));
            GradientCheck.assertMatches(
                    sae.gradient().weights(),
                    oracle.gradient(
                            w -> reconstruction.applyAsDouble(w) + l1.applyAsDouble(w) + gate.applyAsDouble(w)));
        }
    }

    @Test
    void training_knownDictionary_isRecoveredAtTheTargetL0() {
        SaeConfig config = Jobs.of("gated")
                .features(36)
                .targetL0(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
                .adamBeta1(0)
                .gradientClip(0)
                .sparsity(0.02, 2, 0.01)
                .schedule(0.05, 0.1, 0.8, 0.1)
                .sae(KnownDictionary.WIDTH, 1500, 256);
        try (Ops ops = new SimdOps(new Team(1))) {
            KnownDictionary.Outcome outcome = new KnownDictionary(4).train(config, ops);
            assertThat(outcome.untrained()).isLessThan(0.7);
            assertThat(outcome.trained()).isGreaterThan(0.9);
            assertThat(outcome.l0()).isCloseTo(KnownDictionary.ACTIVE, within(0.1 * KnownDictionary.ACTIVE));
        }
    }
}
