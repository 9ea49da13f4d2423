package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.JobConfig.PNorm;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;
import org.unweave.model.train.TrainLoop;

/**
 * A batch that is gone through block by block, since half of all latents are active, gives what it gives in one piece: the
 * oracle's kernels always take the batch whole.
 */
class BlocksTest {
    private static final int ROWS = 2 * Sae.BLOCK + 20;
    private static final int WIDTH = 12;
    private static final int FEATURES = 320;

    static Stream<Arguments> jobs() {
        return Stream.of("standard", "standard-april", "gated", "p-anneal", "jump-relu")
                .flatMap(variant -> Stream.of(false, true)
                        .flatMap(compatible -> Stream.of(
                                        ROWS, Sae.BLOCK - 10) // one block that is the batch is a block too
                                .map(rows -> Arguments.of(variant, compatible, rows))));
    }

    private static SaeConfig config(String variant, boolean compatible, int rows) {
        Jobs jobs = Jobs.of(variant)
                .features(FEATURES)
                .targetL0(4)
                .learningRate(1e-3)
                .sparsity(0.1, 2, 0.01)
                .jump(0.01, 0.1, 1)
                .pAnneal(0.5, 4, PNorm.LP);
        return (compatible ? jobs.asDictionaryLearning() : jobs).sae(WIDTH, 8, rows);
    }

    private static Mat batch(int number, int rows) {
        return GradientCheck.batch(rows, WIDTH, 40 + number);
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void step_crowdedBatch_isThatOfTheWholeBatch(String variant, boolean compatible, int rows) {
        SaeConfig config = config(variant, compatible, rows);
        try (Sae blocks = Variants.create(config, new SimdOps(new Team(2)));
                Sae whole = Variants.create(config, new ReferenceOps())) {
            for (Sae sae : List.of(blocks, whole)) {
                sae.initialise(batch(0, rows));
            }
            LossTerms got = blocks.step(batch(0, rows), 0, true);
            LossTerms wanted = whole.step(batch(0, rows), 0, true);

            assertThat(wanted.l0()).isGreaterThan(FEATURES / 4.0);
            assertThat(blocks.blockRows()).isPositive();
            same(got, wanted);
            Params gradient = blocks.gradient().weights();
            for (int i = 0; i < gradient.names().size(); i++) {
                same(
                        gradient.names().get(i),
                        gradient.all().get(i).toArray(),
                        whole.gradient().weights().all().get(i).toArray());
            }
            same(blocks.measure(batch(1, rows), 1), whole.measure(batch(1, rows), 1));
        }
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void updates_crowdedBatches_leaveTheSameStateAsWholeBatches(String variant, boolean compatible, int rows) {
        SaeConfig config = config(variant, compatible, rows);
        try (TrainLoop blocks = new TrainLoop(config, new SimdOps(new Team(1)));
                TrainLoop whole = new TrainLoop(config, new ReferenceOps())) {
            for (int step = 0; step < 6; step++) {
                LossTerms got = blocks.step(batch(step, rows), false);
                LossTerms wanted = whole.step(batch(step, rows), false);
                assertThat(got.loss()).isCloseTo(wanted.loss(), within(1e-4 * Math.abs(wanted.loss())));
                same(got.curves(), wanted.curves());
            }
            double[] density = whole.takeDensity();
            assertThat(blocks.takeDensity()).containsExactly(density, within(0.01));
        }
    }

    @Test
    void step_crowdedBatch_bitsDoNotDependOnThreads() {
        SaeConfig config = config("gated", false, ROWS);
        try (TrainLoop one = new TrainLoop(config, new SimdOps(new Team(1)));
                TrainLoop two = new TrainLoop(config, new SimdOps(new Team(2)))) {
            for (int step = 0; step < 3; step++) {
                one.step(batch(step, ROWS), step == 1);
                two.step(batch(step, ROWS), step == 1);
            }
            States.assertSameBits(States.of(two), States.of(one));
        }
    }

    @Test
    void step_crowdedBatchAfterOneThatWasNot_hasTheBitsOfOneAfterCrowdedBatches() {
        SaeConfig config = config("jump-relu", false, ROWS);
        try (Sae sae = Variants.create(config, new SimdOps(new Team(2)));
                Mat narrow = Mat.zeros(ROWS, WIDTH)) {
            sae.initialise(batch(0, ROWS));
            float[] first = gradient(sae, batch(0, ROWS));
            float[] afterCrowded = gradient(sae, batch(0, ROWS));
            // No pre-activation of a row of zeros is above its bound once the thresholds are beyond the window.
            float[] thresholds = sae.params().extra("threshold").toArray();
            sae.params().extra("threshold").fill(1);
            assertThat(sae.step(narrow, 0, false).l0()).isZero();
            sae.params().extra("threshold").set(thresholds);

            assertThat(afterCrowded).containsExactly(first);
            assertThat(gradient(sae, batch(0, ROWS))).containsExactly(first);
        }
    }

    @Test
    void step_crowdedBatchOfFewerActiveLatents_takesLargerBlocks_andAResumedOneTheSame() {
        SaeConfig config = config("standard", false, ROWS);
        try (Sae gone = Variants.create(config, new SimdOps(new Team(1)));
                Sae resumed = Variants.create(config, new SimdOps(new Team(2)));
                Sae whole = Variants.create(config, new ReferenceOps())) {
            gone.initialise(batch(0, ROWS));
            // Blocks of the least size, which must leave no trace in what follows.
            assertThat(gone.step(batch(0, ROWS), 0, false).l0()).isGreaterThan(FEATURES / 4.0);
            whole.load(States.of(gone));
            float bias = 0;
            while (whole.measure(batch(1, ROWS), 1).l0() > FEATURES / 5.0) {
                bias -= 0.01f;
                whole.params().bEnc1F().fill(bias);
            }
            gone.params().bEnc1F().fill(bias);
            resumed.load(States.of(gone));
            LossTerms got = gone.step(batch(1, ROWS), 1, false);
            LossTerms again = resumed.step(batch(1, ROWS), 1, false);
            LossTerms wanted = whole.step(batch(1, ROWS), 1, false);

            // More than a crowded row has, and so few that a block takes more than its least number of rows.
            assertThat(wanted.l0()).isBetween(FEATURES / 16.0 + 1, FEATURES / 4.5);
            assertThat(gone.blockRows()).isGreaterThan(Sae.BLOCK);
            assertThat(again).isEqualTo(got);
            float[] gradient = gone.gradient().weights().encFD().toArray();
            assertThat(resumed.gradient().weights().encFD().toArray()).containsExactly(gradient);
            same("W_enc", gradient, whole.gradient().weights().encFD().toArray());
            States.assertSameBits(States.of(resumed), States.of(gone));
        }
    }

    private static float[] gradient(Sae sae, Mat xBD) {
        assertThat(sae.step(xBD, 0, false).l0()).isGreaterThan(FEATURES / 4.0);
        return sae.gradient().weights().encFD().toArray();
    }

    private static void same(LossTerms got, LossTerms wanted) {
        assertThat(got.l0()).isCloseTo(wanted.l0(), within(0.05));
        assertThat(got.loss()).isCloseTo(wanted.loss(), within(1e-4 * Math.abs(wanted.loss())));
        assertThat(got.varianceExplained()).isCloseTo(wanted.varianceExplained(), within(1e-4));
        same(got.terms(), wanted.terms());
        same(got.gradientShare(), wanted.gradientShare());
        same(got.curves(), wanted.curves());
    }

    private static void same(Map<String, Double> got, Map<String, Double> wanted) {
        assertThat(got.keySet()).isEqualTo(wanted.keySet());
        wanted.forEach((name, value) ->
                assertThat(got.get(name)).as(name).isCloseTo(value, within(1e-4 * Math.max(1e-3, Math.abs(value)))));
    }

    private static void same(String name, float[] got, float[] wanted) {
        double largest = 0;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).as(name).isPositive();
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) got[i]).as("%s[%d]", name, i).isCloseTo(wanted[i], within(2e-4 * largest));
        }
    }
}
