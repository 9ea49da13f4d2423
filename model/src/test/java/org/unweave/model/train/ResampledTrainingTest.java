package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.KnownDictionary;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;

/**
 * Dead latents that are drawn anew in training: what the loop changes and what it leaves, that latents come back which do
 * not without, and the reference's p-anneal, whose weights stay.
 */
class ResampledTrainingTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 8;
    private static final int FEATURES = 24;
    private static final long STEPS = 40;
    /** A latent with this bias does not fire, and has no gradient. */
    private static final float SILENCE = -100;

    private static final Set<Integer> SILENT = Set.of(0, 5, 23);

    private final Ops ops = new SimdOps(new Team(1));

    private static Jobs job(String variant) {
        return Jobs.of(variant).features(FEATURES).learningRate(1e-3);
    }

    /** A loop in which some latents are silent and all moments are 1. */
    private TrainLoop loop(SaeConfig config) {
        TrainLoop loop = new TrainLoop(config, ops);
        loop.step(batch(0), false);
        Mat bEnc1F = States.mat(States.of(loop), "b_enc").copy();
        Mat oneFD = Mat.zeros(FEATURES, WIDTH);
        Mat one1F = Mat.zeros(1, FEATURES);
        oneFD.fill(1);
        one1F.fill(1);
        SILENT.forEach(feature -> bEnc1F.set(0, feature, SILENCE));
        loop.load(States.with(
                loop,
                Map.of(
                        "b_enc", bEnc1F,
                        "adam.first.W_enc", oneFD,
                        "adam.first.W_dec", oneFD,
                        "adam.first.b_enc", one1F,
                        "adam.second.W_enc", oneFD,
                        "adam.second.W_dec", oneFD,
                        "adam.second.b_enc", one1F)));
        return loop;
    }

    private static Mat batch(long step) {
        return GradientCheck.batch(ROWS, WIDTH, 500 + step);
    }

    private static State run(TrainLoop loop, long until) {
        while (loop.step() < until) {
            loop.step(batch(loop.step()), false);
        }
        return States.of(loop);
    }

    private static void assertForgotten(State state, boolean forgotten) {
        for (String moments : new String[] {"adam.first.", "adam.second."}) {
            for (int feature : SILENT) {
                for (String name : new String[] {"W_enc", "W_dec"}) {
                    float[] row = States.mat(state, moments + name).copyRow(feature);
                    if (forgotten) {
                        assertThat(row).as(moments + name).containsOnly(0);
                    } else {
                        assertThat(row).as(moments + name).doesNotContain(0);
                    }
                }
                assertThat(States.mat(state, moments + "b_enc").get(0, feature) == 0)
                        .isEqualTo(forgotten);
            }
            assertThat(States.mat(state, moments + "W_enc").copyRow(1))
                    .as("of one that lives")
                    .doesNotContain(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"standard", "p-anneal"})
    void step_whenDue_drawsTheSilentAnewAndForgetsTheirMoments(String variant) {
        try (TrainLoop loop = loop(job(variant).resampleEvery(0.25).sae(WIDTH, STEPS, ROWS))) {
            State before = run(loop, 10);
            assertForgotten(before, false);

            State after = run(loop, 11);

            assertForgotten(after, true);
            Mat xBD = batch(10);
            for (int feature : SILENT) {
                assertThat(States.mat(before, "b_enc").get(0, feature)).isLessThan(SILENCE / 2);
                assertThat(States.mat(after, "b_enc").get(0, feature)).isZero();
                float[] dec = States.mat(after, "W_dec").copyRow(feature);
                assertThat(largestCosine(dec, xBD)).isCloseTo(1, within(1e-6));
            }
        }
    }

    private static double largestCosine(float[] direction, Mat xBD) {
        double largest = -1;
        for (int row = 0; row < xBD.rows(); row++) {
            double dot = 0;
            double square = 0;
            float[] x = xBD.copyRow(row);
            for (int d = 0; d < x.length; d++) {
                dot += direction[d] * x[d];
                square += (double) x[d] * x[d];
            }
            largest = Math.max(largest, dot / Math.sqrt(square));
        }
        return largest;
    }

    @Test
    void step_whenDue_leavesTheLivingAsAnUpdateWithoutResamplingDoes() {
        try (TrainLoop loop = loop(job("standard").resampleEvery(0.25).sae(WIDTH, STEPS, ROWS));
                TrainLoop without = loop(job("standard").sae(WIDTH, STEPS, ROWS))) {
            State after = run(loop, 11);
            State plain = run(without, 11);

            for (String name : new String[] {"W_enc", "W_dec", "adam.first.W_enc", "adam.second.W_dec"}) {
                for (int feature = 0; feature < FEATURES; feature++) {
                    float[] row = States.mat(after, name).copyRow(feature);
                    float[] other = States.mat(plain, name).copyRow(feature);
                    assertThat(Arrays.equals(row, other))
                            .as("%s %d is as without", name, feature)
                            .isEqualTo(!SILENT.contains(feature));
                }
            }
        }
    }

    @Test
    void step_asDictionaryLearning_pAnnealForgetsMomentsOneUpdateEarlierAndKeepsTheWeights() {
        Jobs job = job("p-anneal").asDictionaryLearningResampling(10);
        try (TrainLoop loop = loop(job.sae(WIDTH, STEPS, ROWS))) {
            assertForgotten(run(loop, 9), false);

            State after = run(loop, 10);

            assertForgotten(after, true);
            for (int feature : SILENT) {
                assertThat(States.mat(after, "b_enc").get(0, feature)).isLessThan(SILENCE / 2);
            }
        }
    }

    @Test
    void step_asDictionaryLearning_standardDrawsAnew() {
        Jobs job = job("standard").asDictionaryLearningResampling(10);
        try (TrainLoop loop = loop(job.sae(WIDTH, STEPS, ROWS))) {
            State after = run(loop, 11);
            SILENT.forEach(feature ->
                    assertThat(States.mat(after, "b_enc").get(0, feature)).isZero());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"standard", "p-anneal"})
    void load_savedBetweenTwoResamplings_goesOnWithTheSameBits(String variant) {
        SaeConfig config = job(variant).resampleEvery(0.25).sae(WIDTH, STEPS, ROWS);
        try (TrainLoop loop = loop(config);
                TrainLoop other = new TrainLoop(config, ops)) {
            other.load(run(loop, 15));
            States.assertSameBits(run(other, STEPS), run(loop, STEPS));
        }
    }

    /** What a run ends with in which all but six latents were dead from the start. */
    private record Outcome(double recovery, double deadShare) {}

    private Outcome train(Jobs job) {
        KnownDictionary dictionary = new KnownDictionary(4);
        int features = 36;
        SaeConfig config = job.features(features)
                .targetL0(KnownDictionary.ACTIVE)
                .learningRate(5e-3)
                .gradientClip(0)
                .sparsity(0.02, 2, 0.01)
                .sae(KnownDictionary.WIDTH, 1500, 256);
        try (TrainLoop loop = new TrainLoop(config, ops)) {
            loop.step(dictionary.batch(256, 0), false);
            Mat bEnc1F = States.mat(States.of(loop), "b_enc").copy();
            for (int feature = 6; feature < features; feature++) {
                bEnc1F.set(0, feature, SILENCE);
            }
            loop.load(States.with(loop, Map.of("b_enc", bEnc1F)));
            while (!loop.done()) {
                try (Mat xBD = dictionary.batch(256, loop.step())) {
                    loop.step(xBD, false);
                }
            }
            double dead = loop.measure(dictionary.batch(4096, -1)).deadShare();
            try (FrozenSae frozen = loop.freeze()) {
                return new Outcome(dictionary.recovery(frozen.decFD()), dead);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"standard", "p-anneal"})
    void training_mostLatentsMadeDead_findsTheDictionaryWithResamplingOnly(String variant) {
        Outcome without = train(Jobs.of(variant).schedule(0.02, 0.1, 0.8, 0.1));
        Outcome with = train(Jobs.of(variant).schedule(0.02, 0.1, 0.8, 0.1).resampleEvery(0.2));

        assertThat(without.recovery()).isLessThan(0.75);
        assertThat(without.deadShare()).isGreaterThan(0.7);
        assertThat(with.recovery()).isGreaterThan(0.9);
        assertThat(with.deadShare()).isLessThan(0.4);
    }
}
