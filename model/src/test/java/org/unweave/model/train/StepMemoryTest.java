package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.States;
import org.unweave.model.sae.variant.Variants;

/**
 * No update of any variant holds more at once than one float array of [B, F], beside weights, moments and the batch, not
 * even the first, in which half of all latents are active. While dead latents are revived that holds for narrow rows only:
 * docs/performance.md has what it takes at D = B / 4.
 */
class StepMemoryTest {
    private static final int ROWS = 2_048;
    private static final int WIDTH = 64;
    private static final int FEATURES = 2_048;
    private static final int K = 16;
    private static final long ONE_ARRAY = 4L * ROWS * FEATURES;

    static Set<String> variants() {
        return Variants.names();
    }

    private static Jobs job(String variant) {
        return Jobs.of(variant).features(FEATURES).k(K).targetL0(K).learningRate(1e-6);
    }

    /** At D = B / 8 the gradients of the two matrices are a quarter of the bound; what does not grow with it needs the rest. */
    @ParameterizedTest
    @MethodSource("variants")
    void step_ofEveryVariant_neverHoldsMoreThanOneArrayOfRowsAndFeatures(String variant) {
        int rows = ROWS / 2;
        int width = rows / 8;
        int features = 4_096;
        StepBench.Result result = StepBench.run(job(variant).features(features).job(), rows, width, 2, 1);

        long oneArray = 4L * rows * features;
        long gradients = 2L * features * width * Float.BYTES;
        long batch = 4L * rows * width;
        assertThat(result.l0()).as("L0 of a later update").isBetween(K * 0.7, K * 1.5);
        assertThat(result.peakBytes()).as("peak of a later update").isBetween(gradients + batch, oneArray);
        assertThat(result.firstPeakBytes()).as("peak of the first update").isBetween(gradients + batch, oneArray);
    }

    /** The closer the target is to the start, the longer training is near it: its batches are not crowded, the first is. */
    @Test
    void firstUpdate_ofAHighTarget_isBoundToo() {
        int rows = 1_024;
        int features = 2_048;
        int k = features / 12;
        StepBench.Result result = StepBench.run(
                Jobs.of("standard")
                        .features(features)
                        .k(k)
                        .targetL0(k)
                        .learningRate(1e-6)
                        .job(),
                rows,
                WIDTH,
                2,
                1);

        assertThat(result.firstPeakBytes()).isLessThan(4L * rows * features);
    }

    @ParameterizedTest
    @ValueSource(strings = {"topk", "batch-topk", "matryoshka", "dynamic-margin"})
    void step_allLatentsDead_holdsMoreButNotMoreThanOneArrayOfRowsAndFeatures(String variant) {
        StepMemory memory = new StepMemory(new SimdOps(new Team(2)));
        try (Ops ops = memory.ops();
                TrainLoop loop = new TrainLoop(job(variant).sae(WIDTH, 1_000, ROWS), ops)) {
            Mat xBD = GradientCheck.batch(ROWS, WIDTH, 3);
            loop.step(xBD, false);
            long before = memory.peakOf(() -> loop.step(xBD, false), loop::scratchBytes);
            long[] silent = new long[FEATURES];
            Arrays.fill(silent, Long.MAX_VALUE / 2);
            loop.load(States.with(loop, Map.of("dead.rows_since_fired", silent)));

            LossTerms[] loss = new LossTerms[1];
            long peak = memory.peakOf(() -> loss[0] = loop.step(xBD, true), loop::scratchBytes);

            assertThat(loss[0].terms().get("aux_k")).as("the loss of the dead").isPositive();
            assertThat(peak).isBetween(before + 1, ONE_ARRAY);
        }
    }
}
