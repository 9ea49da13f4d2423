package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
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
 * No update of any variant holds more at once than one float array of [B, F], beside weights, moments and the batch: not the
 * first, in which half of all latents are active, and not one in which dead latents are revived.
 */
class StepMemoryTest {
    private static final int ROWS = 2_048;
    private static final int WIDTH = 64;
    private static final int FEATURES = 2_048;
    private static final int K = 16;
    private static final long ONE_ARRAY = 4L * ROWS * FEATURES;
    private static final long GRADIENTS = 2L * FEATURES * WIDTH * Float.BYTES;

    static Set<String> variants() {
        return Variants.names();
    }

    private static Jobs job(String variant) {
        return Jobs.of(variant).features(FEATURES).k(K).targetL0(K).learningRate(1e-6);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_ofEveryVariant_neverHoldsMoreThanOneArrayOfRowsAndFeatures(String variant) {
        StepBench.Result result = StepBench.run(job(variant).job(), ROWS, WIDTH, 2, 1);

        assertThat(result.l0()).as("L0 of a later update").isBetween(K * 0.7, K * 1.5);
        assertThat(result.peakBytes()).as("peak of a later update").isBetween(GRADIENTS, ONE_ARRAY);
        assertThat(result.firstPeakBytes()).as("peak of the first update").isBetween(GRADIENTS, ONE_ARRAY);
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
