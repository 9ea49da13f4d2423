package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.JobConfig.PNorm;
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
 * The p-anneal variant: literal losses and gradients of hand-sized weights, its gradient against central differences under both
 * norms, that it finds a dictionary that is known, and that it ends at its target L0 though its penalty changes on the way.
 */
class PAnnealTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    /** In mid-run: an exponent of p, the penalty's factor multiplied by 2. */
    private static Map<String, double[]> annealed(double p) {
        return Map.of("p_norm.exponents", new double[] {p, p - 0.1, 2});
    }

    private static LossTerms stepHandSized(Sae sae) {
        Params params = new Params(
                Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(0.25f, 0, 0), Mat.of(3, 2, 1, 0, 0, 1, -1, 0), Mat.row(1, 0));
        States.setParams(sae, params, annealed(0.5));
        // Codes (2.25, 1, 0) and (0.25, 0, 0), their roots (1.5, 1, 0) and (0.5, 0, 0); errors (-0.25, 0), (-0.25, -2).
        return sae.step(Mat.of(2, 2, 3, 1, 1, -2), 0, false);
    }

    private static SaeConfig handSized(PNorm norm) {
        return Jobs.of("p-anneal")
                .features(3)
                .k(1)
                .targetL0(2)
                .sparsity(0.1, 0, 0)
                .pAnneal(0.2, 10, norm)
                .sae(2, 10, 2);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndGradient(Ops ops) {
        try (Sae sae = Variants.create(handSized(PNorm.LP_POWER), ops)) {
            LossTerms loss = stepHandSized(sae);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "p_norm");
            assertThat(loss.terms().get("reconstruction")).isCloseTo(2.0625, within(1e-6));
            assertThat(loss.terms().get("p_norm")).isCloseTo(0.3, within(1e-6)); // 0.1 * 2 * (2.5 + 0.5) / 2
            assertThat(loss.l0()).isEqualTo(1.5);
            assertThat(loss.curves()).containsEntry("p", 0.5).containsEntry("sparsity_lambda", 0.2);
            // 0.2 * 0.5 / 2 over the roots: 1/30 and 0.05; 0.1.
            assertThat(sae.gradient().weights().encFD().toArray())
                    .containsExactly(new float[] {0.5666667f, -0.4166667f, 0.1f, 0.05f, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bEnc1F().toArray())
                    .containsExactly(new float[] {0.6333333f, 0.05f, 0}, CLOSE);
            assertThat(sae.gradient().weights().decFD().toArray())
                    .containsExactly(new float[] {0, 0.5f, 0.25f, 0, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bDec1D().toArray())
                    .containsExactly(new float[] {-0.1333333f, 1.95f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeightsUnderTheNorm_givesLiteralLossAndGradient(Ops ops) {
        try (Sae sae = Variants.create(handSized(PNorm.LP), ops)) {
            LossTerms loss = stepHandSized(sae);

            assertThat(loss.terms().get("p_norm")).isCloseTo(0.65, within(1e-6)); // 0.1 * 2 * (2.5^2 + 0.5^2) / 2
            // 0.1 times the row's sum of roots, over the roots: 1/6 and 0.25; 0.1.
            assertThat(sae.gradient().weights().encFD().toArray())
                    .containsExactly(new float[] {0.8333333f, -0.2833333f, 0.5f, 0.25f, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bEnc1F().toArray())
                    .containsExactly(new float[] {0.7666667f, 0.25f, 0}, CLOSE);
            assertThat(sae.gradient().weights().decFD().toArray())
                    .containsExactly(new float[] {0, 0.5f, 0.25f, 0, 0, 0}, CLOSE);
            assertThat(sae.gradient().weights().bDec1D().toArray())
                    .containsExactly(new float[] {-0.2666667f, 1.75f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_powersOfTheCodes_isThatOfCentralDifferences(Ops ops) {
        assertGradient(PNorm.LP_POWER, 1, ops);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_normOfTheCodes_isThatOfCentralDifferences(Ops ops) {
        assertGradient(PNorm.LP, 1 / 0.6, ops);
    }

    private static void assertGradient(PNorm norm, double outer, Ops ops) {
        SaeConfig config =
                Jobs.of("p-anneal").sparsity(0.15, 0, 0).pAnneal(0.2, 10, norm).sae(8, 100, 6);
        Params params = GradientCheck.weights(24, 8, 97);
        Mat xBD = GradientCheck.batch(6, 8, 98);
        LossOracle oracle = LossOracle.relu(xBD, params);
        // A smaller code's float32 rounding, and the curvature of its power, would show.
        assertThat(oracle.leastActive()).isGreaterThan(0.02);
        var reconstruction = oracle.reconstruction();
        var penalty = oracle.pNorm(0.3, 0.6, outer);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, annealed(0.6));

            LossTerms loss = sae.step(xBD, 0, false);

            assertThat(loss.terms().get("reconstruction")).isCloseTo(oracle.value(reconstruction), within(1e-5));
            assertThat(loss.terms().get("p_norm")).isCloseTo(oracle.value(penalty), within(1e-5));
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> reconstruction.applyAsDouble(w) + penalty.applyAsDouble(w));
        }
    }

    // The steering has to follow the penalty as it changes, so its integral part is larger than the standard variant's.
    @ParameterizedTest
    @EnumSource(PNorm.class)
    void training_knownDictionary_isRecoveredAtTheTargetL0(PNorm norm) {
        SaeConfig config = Jobs.of("p-anneal")
                .features(36)
                .targetL0(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
                .gradientClip(0)
                .sparsity(0.02, 2, 0.03)
                .pAnneal(0.2, 10, norm)
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
