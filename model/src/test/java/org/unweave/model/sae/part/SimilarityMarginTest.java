package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossOracle;
import org.unweave.model.sae.States;

/**
 * The margin follows the moving mean and deviation of the cosines, the job's own or those of all that it has heard of, and
 * the term moves only what lies above it.
 */
class SimilarityMarginTest {
    private final Workspace workspace = new Workspace(new ReferenceOps());

    /** A forward pass in which every latent fires: the row is positive along each encoder row. */
    private Forward allFire(Mat decFD, long step) {
        Mat encFD = Mat.zeros(decFD.rows(), decFD.cols());
        encFD.fill(1);
        Params params = new Params(encFD, Mat.zeros(1, decFD.rows()), decFD, Mat.zeros(1, decFD.cols()));
        Mat xBD = Mat.zeros(1, decFD.cols());
        xBD.fill(1);
        Forward forward =
                GradientCheck.forward(xBD, params, Jobs.topK(decFD.rows(), decFD.rows(), decFD.cols()), workspace);
        return new Forward(step, xBD, forward.inputBD(), forward.codes(), forward.errorBD(), params, workspace);
    }

    private static double curve(Term term, String name) {
        return Objects.requireNonNull(term.curves().get(name), name);
    }

    private static double[] row(double[] gradient, int features, int width, int feature) {
        int at = features * width + features + feature * width;
        return Arrays.copyOfRange(gradient, at, at + width);
    }

    @Test
    void margin_threeSteps_isMeanPlusTwoDeviationsOfTheMovingMoments() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 2, MarginSource.OWN), 3, 1);
        // Cosines (0.6, 0, 0.8), then (0, 0, 0), then (1, 0, 0).
        Mat[] decoders = {
            Mat.of(3, 3, 1, 0, 0, 0.6f, 0.8f, 0, 0, 1, 0),
            Mat.of(3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1),
            Mat.of(3, 3, 1, 0, 0, 1, 0, 0, 0, 0, 1)
        };
        double[] means = {1.4 / 3, 0, 1 / 3.0};
        double[] squares = {1 / 3.0, 0, 1 / 3.0};
        double mean = 0;
        double square = 0;
        for (int step = 0; step < 3; step++) {
            term.observe(allFire(decoders[step], step));

            mean = 0.95 * mean + 0.05 * means[step];
            square = 0.95 * square + 0.05 * squares[step];
            double correction = 1 - Math.pow(0.95, step + 1);
            double m = mean / correction;
            double sd = Math.sqrt(square / correction - m * m);
            assertThat(curve(term, "similarity_mean")).isCloseTo(m, within(1e-6));
            assertThat(curve(term, "similarity_sd")).isCloseTo(sd, within(1e-6));
            assertThat(curve(term, "similarity_margin")).isCloseTo(m + 2 * sd, within(1e-6));
        }
        // The last line of the table worked by hand: (0.95^2 1.4/3 + 1/3) / (0.95^2 + 0.95 + 1) = 0.2645048.
        assertThat(curve(term, "similarity_mean")).isCloseTo(0.2645048, within(1e-6));
    }

    @Test
    void gradient_handSizedRows_isLiteral() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(0.3, 512, 0.95, 0, MarginSource.OWN), 3, 1);
        Forward forward = allFire(Mat.of(3, 2, 1, 0, 0.6f, 0.8f, 0, 1), 0);
        term.observe(forward);

        double[] gradient = GradientCheck.gradient(term, forward);

        assertThat(row(gradient, 3, 2, 0)).containsExactly(new double[] {0, 0.0426667}, within(1e-6));
        assertThat(row(gradient, 3, 2, 1)).containsExactly(new double[] {-0.0298667, 0.0224}, within(1e-6));
        assertThat(row(gradient, 3, 2, 2)).containsExactly(new double[] {0.08, 0}, within(1e-6));
    }

    @Test
    void gradient_rowsNotOfNormOne_isThatOfCentralDifferences() {
        Params params = GradientCheck.weights(24, 8, 55);
        for (int feature = 0; feature < 24; feature++) {
            float[] scaled = params.decFD().copyRow(feature);
            for (int d = 0; d < 8; d++) {
                scaled[d] *= 0.5f + feature / 24f;
            }
            params.decFD().setRow(feature, scaled);
        }
        Mat xBD = GradientCheck.batch(16, 8, 56);
        LossOracle oracle = LossOracle.topK(xBD, params, 4);
        double[] moments = oracle.cosineMoments();
        double margin = moments[0] + Math.sqrt(moments[1] - moments[0] * moments[0]);
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(0.7, 512, 0.95, 1, MarginSource.OWN), 24, 1);
        Forward forward = GradientCheck.forward(xBD, params, Jobs.topK(4, 24, 8), workspace);
        term.observe(forward);

        GradientCheck.assertMatches(GradientCheck.gradient(term, forward), oracle, oracle.similarity(0.7, margin));
    }

    @Test
    void gradient_pairsBelowTheMargin_areLeftAlone() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 1, MarginSource.OWN), 4, 1);
        // One pair alike, two rows across to all others: only the pair is above mean + sd.
        Forward forward = allFire(Mat.of(4, 4, 1, 0, 0, 0, 0.8f, 0.6f, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), 0);
        term.observe(forward);

        double[] gradient = GradientCheck.gradient(term, forward);

        assertThat(Arrays.stream(row(gradient, 4, 4, 0)).map(Math::abs).sum()).isGreaterThan(1e-3);
        assertThat(Arrays.stream(row(gradient, 4, 4, 1)).map(Math::abs).sum()).isGreaterThan(1e-3);
        assertThat(row(gradient, 4, 4, 2)).containsOnly(0);
        assertThat(row(gradient, 4, 4, 3)).containsOnly(0);
        assertThat(Arrays.copyOf(gradient, 4 * 4 + 4)).containsOnly(0);
    }

    @Test
    void gradient_sampleOfFewer_movesOnlyThoseAndIsDrawnByStep() {
        Params params = GradientCheck.weights(24, 8, 65);
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 5, 0.95, 0, MarginSource.OWN), 24, 1);
        boolean[] everMoved = new boolean[24];
        for (int step = 0; step < 20; step++) {
            Forward forward = allFire(params.decFD(), step);
            term.observe(forward);
            double[] gradient = GradientCheck.gradient(term, forward);
            int moved = 0;
            for (int feature = 0; feature < 24; feature++) {
                if (Arrays.stream(row(gradient, 24, 8, feature)).anyMatch(g -> g != 0)) {
                    moved++;
                    everMoved[feature] = true;
                }
            }
            assertThat(moved).isBetween(1, 5);
        }
        int all = 0;
        for (boolean moved : everMoved) {
            all += moved ? 1 : 0;
        }
        assertThat(all).isGreaterThan(15);
    }

    @Test
    void value_sampleOfFewer_standsForAllThatFired() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(0.3, 3, 0.95, 0, MarginSource.OWN), 4, 1);
        term.observe(allFire(Mat.of(4, 5, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1), 0));
        // Each cosine is 0.5 now, whichever three of the four are drawn; the margin is the mean of 0 and 0.5, moving.
        Forward alike = allFire(Mat.of(4, 5, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1), 1);
        term.observe(alike);
        double excess = 0.5 - 0.05 * 0.5 / (1 - 0.95 * 0.95);

        try (Gradient gradient = new Gradient(4, 5, List.of())) {
            gradient.clear(alike.codes());
            assertThat(term.add(alike, gradient)).isCloseTo(0.3 * 4 / 3 * 2 * excess * excess, within(1e-6));
        }
    }

    @Test
    void observe_fewerThanTwoFired_leavesTheMovingMeansAndIsZero() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 0, MarginSource.OWN), 3, 1);
        Mat dec = Mat.of(3, 2, 1, 0, 0.6f, 0.8f, 0, 1);
        term.observe(allFire(dec, 0));
        double margin = curve(term, "similarity_margin");
        State before = new State();
        term.save(before);
        Params params = new Params(dec.copy(), Mat.row(0, -10, -10), dec, Mat.zeros(1, 2));
        Forward one = GradientCheck.forward(Mat.row(1, 0), params, Jobs.topK(3, params.features(), 2), workspace);

        term.observe(one);

        assertThat(GradientCheck.gradient(term, one)).containsOnly(0);
        assertThat(curve(term, "similarity_margin")).isEqualTo(margin);
        assertThat(before.longs("similarity.mean.updates", 1)).containsExactly(1);
        State after = new State();
        term.save(after);
        assertThat(after.longs("similarity.mean.updates", 1)).containsExactly(1);
    }

    @Test
    void load_savedState_showsTheSameCurves() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 2, MarginSource.OWN), 3, 1);
        term.observe(allFire(Mat.of(3, 2, 1, 0, 0.6f, 0.8f, 0, 1), 0));
        State state = new State();
        term.save(state);
        SimilarityMargin other = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 2, MarginSource.OWN), 3, 1);

        other.load(state);

        assertThat(other.curves()).isEqualTo(term.curves());
    }

    private static SimilarityMargin term(MarginSource source) {
        return new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 0, source), 3, 1);
    }

    // Cosines 0.6, 0 and 0.8, their mean 1.4 / 3, of 6 pairs.
    private Forward threeRows() {
        return allFire(Mat.of(3, 2, 1, 0, 0.6f, 0.8f, 0, 1), 0);
    }

    private static EmaStatistics other(String job, long step, double margin, long count) {
        return new EmaStatistics(job, step, 0.1, 0.2, margin, count);
    }

    @Test
    void pooledMargin_isTheMeanOfItsOwnAndTheOthersNewest_byTheirNumbersOfPairs() {
        SimilarityMargin term = term(MarginSource.POOLED);
        Forward forward = threeRows();
        term.observe(forward);
        assertThat(curve(term, "similarity_margin")).isCloseTo(0.4666667, within(1e-6));
        assertThat(curve(term, "similarity_pooled_jobs")).isZero();

        term.hear(other("a", 20, 0.9, 12));
        assertThat(curve(term, "similarity_margin")).isCloseTo((6 * 1.4 / 3 + 12 * 0.9) / 18, within(1e-6));
        term.hear(other("b", 20, 0.7, 0));
        assertThat(curve(term, "similarity_margin"))
                .as("one without pairs weighs nothing")
                .isCloseTo(0.7555556, within(1e-6));
        term.hear(other("a", 40, 0.3, 6));
        assertThat(curve(term, "similarity_margin"))
                .as("the newest of a stands in place of the one before")
                .isCloseTo(0.3833333, within(1e-6));
        assertThat(curve(term, "similarity_pooled_jobs")).isEqualTo(2);
        assertThat(curve(term, "similarity_mean")).as("its own").isCloseTo(0.4666667, within(1e-6));

        try (Gradient gradient = new Gradient(3, 2, List.of())) {
            gradient.clear(forward.codes());
            // 3 / 9 of twice (0.6 - 0.3833333)^2 + (0.8 - 0.3833333)^2.
            assertThat(term.add(forward, gradient)).isCloseTo(0.1470370, within(1e-6));
        }
    }

    @Test
    void told_areItsOwnStatistics_whateverItHasHeard() {
        SimilarityMargin term = new SimilarityMargin(new SimilarityConfig(1, 512, 0.95, 2, MarginSource.POOLED), 3, 1);
        term.observe(threeRows());
        term.hear(other("a", 20, 0.9, 12));

        Told told = term.tell("job", 25).orElseThrow();

        assertThat(told).isInstanceOfSatisfying(EmaStatistics.class, own -> {
            double sd = Math.sqrt(1 / 3.0 - 1.4 * 1.4 / 9);
            assertThat(own.job()).isEqualTo("job");
            assertThat(own.step()).isEqualTo(25);
            assertThat(own.similarityMean()).isCloseTo(0.4666667, within(1e-6));
            assertThat(own.similaritySd()).isCloseTo(sd, within(1e-6));
            assertThat(own.margin()).isCloseTo(0.4666667 + 2 * sd, within(1e-6));
            assertThat(own.count()).isEqualTo(6);
        });
    }

    @Test
    void told_whereFewerThanTwoFired_isThereAndWeighsNothing() {
        SimilarityMargin term = term(MarginSource.POOLED);
        Params params =
                new Params(Mat.zeros(3, 2), Mat.row(0, -10, -10), Mat.of(3, 2, 1, 0, 0, 1, 1, 0), Mat.zeros(1, 2));
        term.observe(GradientCheck.forward(Mat.row(1, 0), params, Jobs.topK(3, 3, 2), workspace));

        assertThat(term.tell("job", 25)).contains(new EmaStatistics("job", 25, 0, 0, 0, 0));
    }

    @Test
    void ownMargin_isNotMovedByWhatIsHeard() {
        SimilarityMargin term = term(MarginSource.OWN);
        term.observe(threeRows());
        State before = States.of(term);

        term.hear(other("a", 20, 0.9, 12));

        assertThat(curve(term, "similarity_margin")).isCloseTo(0.4666667, within(1e-6));
        assertThat(term.curves()).doesNotContainKey("similarity_pooled_jobs");
        States.assertSameBits(States.of(term), before);
    }

    @Test
    void load_savedState_keepsTheOthers() {
        SimilarityMargin term = term(MarginSource.POOLED);
        term.observe(threeRows());
        term.hear(new EmaStatistics("a.b", 20, 0.1 + 0.2, 1e-17, 0.9, 12));
        term.hear(other("c", 40, 0.3, 0));
        SimilarityMargin loaded = term(MarginSource.POOLED);
        loaded.hear(other("forgotten", 60, 5, 100));

        loaded.load(States.of(term));

        States.assertSameBits(States.of(loaded), States.of(term));
        term.observe(threeRows());
        loaded.observe(threeRows());
        assertThat(loaded.curves()).isEqualTo(term.curves());
        assertThat(curve(loaded, "similarity_margin")).isCloseTo((6 * 1.4 / 3 + 12 * 0.9) / 18, within(1e-6));
    }
}
