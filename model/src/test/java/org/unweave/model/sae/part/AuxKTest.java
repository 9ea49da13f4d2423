package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unweave.config.JobConfig.AuxKConfig;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.Activation;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossOracle;

/** AuxK acts only where something is dead, only on dead latents, and in units of the residual's variance. */
class AuxKTest {
    private static final int FEATURES = 24;
    private static final int WIDTH = 8;
    private static final int[] DEAD = {1, 6, 7, 19};

    private final Workspace workspace = new Workspace(new ReferenceOps());
    private final Params params = GradientCheck.weights(FEATURES, WIDTH, 45);
    private final Mat xBD = GradientCheck.batch(16, WIDTH, 46);
    private final LossOracle oracle = LossOracle.topK(xBD, params, 4);

    private static Term auxK(double weight, int k, int... dead) {
        long[] rowsSinceFired = new long[FEATURES];
        Arrays.stream(dead).forEach(feature -> rowsSinceFired[feature] = 20);
        return auxK(weight, k, rowsSinceFired, false);
    }

    private static Term auxK(double weight, int k, long[] rowsSinceFired, boolean countsBatchFirst) {
        DeadFeatures deadFeatures = new DeadFeatures(FEATURES, 20);
        State state = new State();
        state.put("dead.rows_since_fired", rowsSinceFired);
        state.put("dead.firings", new long[FEATURES]);
        state.put("dead.rows", 0L);
        deadFeatures.load(state);
        return AuxK.of(new AuxKConfig(weight, k), FEATURES, WIDTH, deadFeatures, countsBatchFirst)
                .orElseThrow();
    }

    private Forward forward(Mat rowsBD, Term term) {
        return GradientCheck.forward(rowsBD, params, Jobs.topK(4, FEATURES, WIDTH), workspace, term);
    }

    private double value(Term term) {
        Forward forward = forward(xBD, term);
        try (Gradient gradient = new Gradient(FEATURES, WIDTH, List.of())) {
            gradient.clear(forward.codes());
            return term.add(forward, gradient);
        }
    }

    @Test
    void add_nothingDead_isZeroWithoutGradient() {
        Term term = auxK(0.5, 2);

        assertThat(value(term)).isZero();
        assertThat(GradientCheck.gradient(term, forward(xBD, term))).containsOnly(0);
    }

    @Test
    void gradient_ofTheTermAlone_isThatOfCentralDifferencesOnDeadLatentsOnly() {
        Term term = auxK(0.5, 2, DEAD);
        double[] gradient = GradientCheck.gradient(term, forward(xBD, term));

        GradientCheck.assertMatches(gradient, oracle, oracle.auxK(0.5, 2, DEAD));
        double[] enc = oracle.part("W_enc", gradient);
        double[] dec = oracle.part("W_dec", gradient);
        double[] bEnc = oracle.part("b_enc", gradient);
        for (int feature = 0; feature < FEATURES; feature++) {
            boolean dead = Arrays.binarySearch(DEAD, feature) >= 0;
            assertThat(bEnc[feature] != 0).as("b_enc %d moves", feature).isEqualTo(dead);
            for (double[] part : new double[][] {enc, dec}) {
                double[] row = Arrays.copyOfRange(part, feature * WIDTH, (feature + 1) * WIDTH);
                assertThat(Arrays.stream(row).anyMatch(g -> g != 0))
                        .as("row %d moves", feature)
                        .isEqualTo(dead);
            }
        }
    }

    @Test
    void value_fewerDeadThanK_takesAllOfThem() {
        assertThat(value(auxK(1, 100, DEAD))).isCloseTo(oracle.value(oracle.auxK(1, DEAD.length, DEAD)), within(1e-6));
    }

    @Test
    void value_kOfZero_takesHalfTheWidth() {
        int[] most = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};

        assertThat(value(auxK(1, 0, most)))
                .isCloseTo(oracle.value(oracle.auxK(1, WIDTH / 2, most)), within(1e-6))
                .isNotCloseTo(oracle.value(oracle.auxK(1, most.length, most)), within(1e-3));
    }

    @Test
    void value_deadLatentsThatReconstructNothing_isTheResidualOverItsVariance() {
        // Dead latents whose pre-activations are negative leave the whole residual: 1 if its mean is 0, more if not.
        params.bEnc1F().set(0, 19, -100);
        Term term = auxK(0.5, 2, 19);
        Forward silent = forward(xBD, term);
        double square = 0;
        double[] mean = new double[WIDTH];
        for (int row = 0; row < xBD.rows(); row++) {
            for (int d = 0; d < WIDTH; d++) {
                double e = silent.errorBD().get(row, d);
                square += e * e / xBD.rows();
                mean[d] += e / xBD.rows();
            }
        }
        double variance = square - Arrays.stream(mean).map(m -> m * m).sum();

        try (Gradient gradient = new Gradient(FEATURES, WIDTH, List.of())) {
            gradient.clear(silent.codes());
            assertThat(term.add(silent, gradient))
                    .isCloseTo(0.5 * square / variance, within(1e-6))
                    .isGreaterThan(0.5);
        }
    }

    @Test
    void value_residualWithoutVariance_isZeroAndFinite() {
        Mat one = GradientCheck.batch(1, WIDTH, 47);
        Term term = auxK(0.5, 2, DEAD);

        assertThat(GradientCheck.gradient(term, forward(one, term))).containsOnly(0);
    }

    @Test
    void gradient_batchCountedFirst_isOfThoseThatAreDeadAfterIt() {
        LossOracle sparse = LossOracle.topK(xBD, params, 1);
        int[] firing = sparse.fired();
        int[] silent = IntStream.range(0, FEATURES)
                .filter(feature -> Arrays.binarySearch(firing, feature) < 0)
                .toArray();
        long[] rowsSinceFired = new long[FEATURES];
        for (int i = 0; i < 2; i++) { // dead before the batch
            rowsSinceFired[firing[i]] = 20;
            rowsSinceFired[silent[i]] = 20;
        }
        rowsSinceFired[firing[2]] = 4; // so far that the 16 rows of the batch make up the rest
        rowsSinceFired[silent[2]] = 4;
        rowsSinceFired[silent[3]] = 3;
        int[] after = {silent[0], silent[1], silent[2]};
        int[] before = IntStream.range(0, FEATURES)
                .filter(feature -> rowsSinceFired[feature] == 20)
                .toArray();
        Activation activation = Jobs.topK(1, FEATURES, WIDTH);
        Term first = auxK(0.5, 2, rowsSinceFired, true);
        Term last = auxK(0.5, 2, rowsSinceFired, false);

        Forward forward = GradientCheck.forward(xBD, params, activation, workspace, first);
        first.observe(forward);
        GradientCheck.assertMatches(GradientCheck.gradient(first, forward), sparse, sparse.auxK(0.5, 2, after));
        Forward other = GradientCheck.forward(xBD, params, activation, workspace, last);
        last.observe(other);
        GradientCheck.assertMatches(GradientCheck.gradient(last, other), sparse, sparse.auxK(0.5, 2, before));
    }

    @Test
    void of_weightZero_isNoTerm() {
        assertThat(AuxK.of(new AuxKConfig(0, 2), FEATURES, WIDTH, new DeadFeatures(FEATURES, 10), false))
                .isEmpty();
    }
}
