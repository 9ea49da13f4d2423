package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
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
import org.unweave.model.sae.Golden;
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
 * The standard variant: literal losses and gradients of hand-sized weights, its gradient against central differences,
 * its updates against PyTorch's, that it finds a dictionary that is known, and that it ends at its target L0.
 */
class StandardTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        SaeConfig config = Jobs.of("standard")
                .features(3)
                .k(1)
                .targetL0(2)
                .sparsity(0.1, 0, 0)
                .sae(2, 10, 2);
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(0.5f, 0, 0), Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(1, 0));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            // Codes (2.5, 1, 0) and (0.5, 0, 0); errors (-0.5, 0) and (-0.5, -2).
            LossTerms loss = sae.step(Mat.of(2, 2, 3, 1, 1, -2), 0, false);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "l1");
            assertThat(loss.terms().get("reconstruction")).isCloseTo(2.25, within(1e-6));
            assertThat(loss.terms().get("l1")).isCloseTo(0.2, within(1e-6));
            assertThat(loss.loss()).isCloseTo(2.45, within(1e-6));
            assertThat(loss.l0()).isEqualTo(1.5);
            assertThat(sae.gradient().weights().encFD().toArray())
                    .containsExactly(new float[] {1.1f, -0.55f, 0.1f, 0.05f, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bEnc1F().toArray())
                    .containsExactly(new float[] {1.1f, 0.05f, 0}, CLOSE);
            assertThat(sae.gradient().weights().decFD().toArray())
                    .containsExactly(new float[] {0, 1, 0.5f, 0, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bDec1D().toArray()).containsExactly(new float[] {-0.1f, 1.95f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_smoothPoint_isThatOfCentralDifferences(Ops ops) {
        SaeConfig config = Jobs.of("standard").sparsity(0.3, 0, 0).sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, 15);
        Mat xBD = GradientCheck.batch(16, 8, 16);
        LossOracle oracle = LossOracle.relu(xBD, params);
        var reconstruction = oracle.reconstruction();
        var l1 = oracle.l1(0.3);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            LossTerms loss = sae.step(xBD, 0, false);

            assertThat(loss.terms().get("reconstruction")).isCloseTo(oracle.value(reconstruction), within(1e-5));
            assertThat(loss.terms().get("l1")).isCloseTo(oracle.value(l1), within(1e-6));
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> reconstruction.applyAsDouble(w) + l1.applyAsDouble(w));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_decoderRowsNotYetOfNormOne_hasNoPartAlongThem(Ops ops) {
        SaeConfig config = Jobs.of("standard").sae(8, 100, 16);
        Mat xBD = GradientCheck.batch(16, 8, 16);
        try (Sae sae = Variants.create(config, ops)) {
            sae.initialise(xBD);
            LossOracle oracle = LossOracle.relu(xBD, sae.params());
            var reconstruction = oracle.reconstruction();
            var l1 = oracle.l1(0.1);

            sae.step(xBD, 0, false);

            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> reconstruction.applyAsDouble(w) + l1.applyAsDouble(w));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void updates_goldenFile_areThoseOfPyTorch(Ops ops) throws IOException {
        Golden golden = Golden.load("standard");
        golden.assertGradients(ops);
        golden.assertUpdates(ops);
    }

    @Test
    void training_knownDictionary_isRecoveredAtTheTargetL0() {
        SaeConfig config = Jobs.of("standard")
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
