package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.KnownDictionary;
import org.unweave.model.sae.LossOracle;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.part.Params;

/**
 * The standard-april variant: literal losses and gradients of hand-sized weights, its gradient against central differences
 * in all directions of the decoder, that it finds a dictionary that is known, and that it ends at its target L0.
 */
class StandardAprilTest {
    private static final Offset<Float> CLOSE = within(1e-5f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        SaeConfig config = Jobs.of("standard-april")
                .features(3)
                .k(1)
                .targetL0(2)
                .sparsity(0.1, 0, 0)
                .sae(2, 10, 2);
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0),
                Mat.row(0.5f, 0, 0),
                Mat.of(3, 2, 2, 0, 0, 0.5f, -1, 0),
                Mat.row(1, 0));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            // Codes (2.5, 1, 0) and (0.5, 0, 0); reconstructions (6, 0.5) and (2, 0); errors (-3, 0.5) and (-1, -2).
            LossTerms loss = sae.step(Mat.of(2, 2, 3, 1, 1, -2), 0, false);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "l1");
            assertThat(loss.terms().get("reconstruction")).isCloseTo(7.125, within(1e-6));
            // 0.1 (2.5 * 2 + 1 * 0.5 + 0.5 * 2) / 2
            assertThat(loss.terms().get("l1")).isCloseTo(0.325, within(1e-6));
            assertThat(loss.l0()).isEqualTo(1.5);
            assertThat(sae.gradient().weights().encFD().toArray())
                    .containsExactly(new float[] {12.2f, 1.9f, -0.45f, -0.225f, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bEnc1F().toArray())
                    .containsExactly(new float[] {8.2f, -0.225f, 0}, CLOSE);
            // Along the first row too: 8 of the reconstruction, 0.1 (2.5 + 0.5) / 2 of its norm.
            assertThat(sae.gradient().weights().decFD().toArray())
                    .containsExactly(new float[] {8.15f, -0.25f, 3, -0.45f, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bDec1D().toArray()).containsExactly(new float[] {-4.2f, 1.725f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_smoothPoint_isThatOfCentralDifferences(Ops ops) {
        SaeConfig config = Jobs.of("standard-april").sparsity(0.3, 0, 0).sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, 15);
        for (int feature = 0; feature < 24; feature++) { // norms of 0.5 to 1.5
            new ReferenceOps().scale(params.decFD().rowsView(feature, feature + 1), 0.5f + feature / 23f);
        }
        Mat xBD = GradientCheck.batch(16, 8, 16);
        LossOracle oracle = LossOracle.relu(xBD, params);
        var reconstruction = oracle.reconstruction();
        var penalty = oracle.weighedByDecoderNorms(0.3);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            LossTerms loss = sae.step(xBD, 0, false);

            assertThat(loss.terms().get("reconstruction")).isCloseTo(oracle.value(reconstruction), within(1e-5));
            assertThat(loss.terms().get("l1")).isCloseTo(oracle.value(penalty), within(1e-5));
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    oracle.freeGradient(w -> reconstruction.applyAsDouble(w) + penalty.applyAsDouble(w)));
        }
    }

    @Test
    void training_knownDictionary_isRecoveredAtTheTargetL0() {
        SaeConfig config = Jobs.of("standard-april")
                .features(36)
                .targetL0(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
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
