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
 * The matryoshka variant: literal losses and gradients of hand-sized weights, with the reference's factor and ours, its
 * gradient against central differences, that its inner group finds a dictionary that is known, and that the threshold of its
 * inference form keeps k latents of a row on average.
 */
class MatryoshkaTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    private static Jobs handSized() {
        return Jobs.of("matryoshka").features(3).k(1).targetL0(1).groups("1/3 2/3");
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        assertHandSized(handSized().sae(2, 10, 2), 1, ops);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_asDictionaryLearning_weighsTwoPrefixesByAQuarterEach(Ops ops) {
        assertHandSized(handSized().asDictionaryLearning().sae(2, 10, 2), 0.5f, ops);
    }

    private static void assertHandSized(SaeConfig config, float factor, Ops ops) {
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(0.5f, 0, 0), Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(1, 0));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            // Codes (2.5, 1, 0) and none. Errors of the first latent alone (-0.5, 1), (0, -2); of all (-0.5, 0), (0,
            // -2).
            LossTerms loss = sae.step(Mat.of(2, 2, 3, 1, 1, -2), 0, false);

            assertThat(loss.loss()).isCloseTo(factor * (2.625 + 2.125) / 2, within(1e-6));
            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "aux_k").containsEntry("aux_k", 0.0);
            assertThat(loss.l0()).isEqualTo(1);
            assertThat(loss.varianceExplained()).isCloseTo(1 - 4.25 / 6.5, within(1e-6));
            assertThat(sae.gradient().weights().encFD().toArray())
                    .containsExactly(new float[] {factor, 0.5f * factor, 0, 0, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bEnc1F().toArray())
                    .containsExactly(new float[] {0.5f * factor, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().decFD().toArray())
                    .containsExactly(new float[] {0, -1.25f * factor, 0.25f * factor, 0, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bDec1D().toArray())
                    .containsExactly(new float[] {0, 1.5f * factor}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_deadLatentsAmongThem_isThatOfCentralDifferences(Ops ops) {
        SaeConfig config =
                Jobs.of("matryoshka").groups("1/4 1/4 1/2").auxK(0.5, 2).sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, 65);
        Mat xBD = GradientCheck.batch(16, 8, 66);
        long[] rowsSinceFired = new long[24];
        int[] dead = {0, 3, 11, 17, 23};
        for (int feature : dead) {
            rowsSinceFired[feature] = config.phases().deadAfterRows();
        }
        LossOracle oracle = LossOracle.batchTopK(xBD, params, 4 * 16);
        var nested = oracle.nested(1 / 3.0, 6, 12, 24);
        var auxK = oracle.auxK(0.5, 2, dead);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of("dead.rows_since_fired", rowsSinceFired));

            LossTerms loss = sae.step(xBD, 7, false);

            assertThat(loss.terms().get("reconstruction"))
                    .isCloseTo(oracle.value(nested), within(1e-6))
                    .isNotCloseTo(oracle.value(oracle.reconstruction()), within(1e-3));
            assertThat(loss.terms().get("aux_k")).isPositive().isCloseTo(oracle.value(auxK), within(1e-6));
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> nested.applyAsDouble(w) + auxK.applyAsDouble(w));
        }
    }

    // The inner group is as large as the dictionary. A smaller one has to stand for several directions at once, and the
    // whole then ends with mixtures of them.
    @Test
    void training_knownDictionary_isRecoveredAndTheThresholdKeepsK() {
        SaeConfig config = Jobs.of("matryoshka")
                .features(36)
                .k(KnownDictionary.ACTIVE)
                .groups("2/3 1/3")
                .learningRate(1e-2)
                .schedule(0.05, 0, 0.8, 0.1)
                .sae(KnownDictionary.WIDTH, 1500, 256);
        try (Ops ops = new SimdOps(new Team(1))) {
            KnownDictionary.Outcome outcome = new KnownDictionary(4).train(config, ops);
            assertThat(outcome.untrained()).isLessThan(0.7);
            assertThat(outcome.trained()).isGreaterThan(0.9);
            assertThat(outcome.frozenL0()).isCloseTo(KnownDictionary.ACTIVE, within(0.1 * KnownDictionary.ACTIVE));
        }
    }
}
