package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
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
 * The dynamic-margin variant: literal losses of hand-sized weights, its gradient against central differences, its updates
 * against PyTorch's, and that it finds a dictionary that is known.
 */
class DynamicMarginTest {
    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void step_handSizedWeights_givesLiteralLossAndCurves(Ops ops) {
        SaeConfig config = Jobs.of("dynamic-margin")
                .features(3)
                .k(3)
                .targetL0(2)
                .similarity(0.3, 512, 0.95, 0)
                .sae(2, 10, 1);
        Mat dec = Mat.of(3, 2, 1, 0, 0.6f, 0.8f, 0, 1);
        Params params = new Params(dec.copy(), Mat.zeros(1, 3), dec, Mat.zeros(1, 2));
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of());

            // All three fire; cosines 0.6, 0, 0.8; the margin is their mean, 1.4 / 3.
            LossTerms loss = sae.step(Mat.of(1, 2, 2, 1), 0, false);

            assertThat(loss.terms()).containsOnlyKeys("reconstruction", "aux_k", "similarity");
            assertThat(loss.terms().get("similarity")).isCloseTo(0.1 * 2 * (0.16 + 1) / 9, within(1e-6));
            assertThat(loss.curves().get("similarity_mean")).isCloseTo(1.4 / 3, within(1e-6));
            assertThat(loss.curves().get("similarity_margin")).isCloseTo(1.4 / 3, within(1e-6));
            assertThat(loss.curves().get("similarity_sd")).isCloseTo(Math.sqrt(1 / 3.0 - 1.96 / 9), within(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gradient_deadLatentsAndPairsBeyondTheMargin_isThatOfCentralDifferences(Ops ops) {
        SaeConfig config = Jobs.of("dynamic-margin")
                .auxK(0.5, 2)
                .similarity(0.7, 512, 0.95, 0.5)
                .sae(8, 100, 16);
        Params params = GradientCheck.weights(24, 8, 25);
        Mat xBD = GradientCheck.batch(16, 8, 26);
        long[] rowsSinceFired = new long[24];
        int[] dead = {2, 5, 20};
        for (int feature : dead) {
            rowsSinceFired[feature] = config.phases().deadAfterRows();
        }
        LossOracle oracle = LossOracle.topK(xBD, params, 4);
        double[] moments = oracle.cosineMoments();
        double margin = moments[0] + 0.5 * Math.sqrt(moments[1] - moments[0] * moments[0]);
        var reconstruction = oracle.reconstruction();
        var auxK = oracle.auxK(0.5, 2, dead);
        var similarity = oracle.similarity(0.7, margin);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, Map.of("dead.rows_since_fired", rowsSinceFired));

            LossTerms loss = sae.step(xBD, 7, false);

            assertThat(loss.terms().get("aux_k")).isPositive().isCloseTo(oracle.value(auxK), within(1e-6));
            assertThat(loss.terms().get("similarity")).isPositive().isCloseTo(oracle.value(similarity), within(1e-6));
            assertThat(loss.curves().get("similarity_margin")).isCloseTo(margin, within(1e-6));
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> reconstruction.applyAsDouble(w) + auxK.applyAsDouble(w) + similarity.applyAsDouble(w));
        }
    }

    @Test
    void step_weightZero_leavesTheTermOut() {
        SaeConfig config = Jobs.of("dynamic-margin").similarity(0, 512, 0.95, 2).sae(8, 100, 16);
        Mat xBD = GradientCheck.batch(16, 8, 26);
        try (Sae sae = Variants.create(config, new ReferenceOps())) {
            sae.initialise(xBD);

            assertThat(sae.step(xBD, 0, false).terms()).containsOnlyKeys("reconstruction", "aux_k");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void updates_goldenFile_areThoseOfPyTorch(Ops ops) throws IOException {
        Golden golden = Golden.load("dynamic-margin");
        golden.assertGradients(ops);
        golden.assertUpdates(ops);
    }

    @Test
    void training_knownDictionary_isRecovered() {
        SaeConfig config = Jobs.of("dynamic-margin")
                .features(36)
                .k(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
                .schedule(0.05, 0, 0.8, 0.1)
                .similarity(0.03, 512, 0.95, 2)
                .sae(KnownDictionary.WIDTH, 1500, 256);
        try (Ops ops = new SimdOps(new Team(1))) {
            KnownDictionary.Outcome outcome = new KnownDictionary(4).train(config, ops);
            assertThat(outcome.untrained()).isLessThan(0.7);
            assertThat(outcome.trained()).isGreaterThan(0.9);
        }
    }
}
