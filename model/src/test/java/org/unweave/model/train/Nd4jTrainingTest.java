package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Nd4jBackend;
import org.unweave.model.math.Nd4jOps;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.variant.Variants;

/**
 * The kernels that a card's trainer has carry a whole job of any variant, with its checkpoints: it learns what the CPU's
 * own kernels learn, and goes on with the same bits. Without the profile cuda ND4J's CPU backend is under them.
 */
class Nd4jTrainingTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long STEPS = 30;
    private static final TrainConfig TRAIN =
            new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(0.5, 1.0), 2, 10);

    @TempDir
    Path folder;

    static Set<String> variants() {
        return Variants.names();
    }

    @BeforeAll
    static void needNd4j() {
        Nd4jBackend.assumeRuns();
    }

    private static Mat batch(long number) {
        return TestJobs.batch(number, ROWS, WIDTH);
    }

    private static TrainJob open(Path run, String variant, int epoch, Ops ops) {
        return new TrainJob(
                new TrainJob.Setup(
                        run,
                        "run = text",
                        TRAIN,
                        TestJobs.topK(variant, 48, 4),
                        WIDTH,
                        1,
                        batch -> LabelledTexts.NONE,
                        batch(-1),
                        epoch,
                        Hearing.Plan.NONE,
                        Map.of("seed", "5")),
                ops);
    }

    /** The losses of a job that is closed and opened again at these steps. */
    private static List<Double> train(Path run, String variant, Supplier<Ops> open, long... interrupted) {
        List<Double> losses = new ArrayList<>();
        for (int epoch = 0; epoch <= interrupted.length; epoch++) {
            long to = epoch < interrupted.length ? interrupted[epoch] : STEPS;
            try (Ops ops = open.get();
                    TrainJob job = open(run, variant, epoch, ops)) {
                while (job.step() < to) {
                    try (Mat rowsBD = batch(job.nextBatch())) {
                        losses.add(job.step(rowsBD).loss());
                    }
                    if (job.checkpointDue()) {
                        job.checkpoint();
                    }
                }
                job.checkpoint();
            }
        }
        return losses;
    }

    private static CheckpointFolder.Loaded end(Path run, String variant) {
        CheckpointFolder.Loaded newest =
                new JobFolder(run, variant).checkpoints().newest().orElseThrow();
        assertThat(newest.checkpoint().manifest().step()).isEqualTo(STEPS);
        return newest;
    }

    @ParameterizedTest
    @MethodSource("variants")
    void job_onNd4jsKernels_learnsWhatItDoesOnTheCpus(String variant) {
        List<Double> own = train(folder.resolve("simd"), variant, () -> new SimdOps(new Team(1)));
        List<Double> theirs = train(folder.resolve("nd4j"), variant, Nd4jOps::copying);

        assertThat(theirs).hasSameSizeAs(own);
        for (int step = 0; step < own.size(); step++) {
            assertThat(theirs.get(step)).as("loss %d", step).isCloseTo(own.get(step), within(1e-3 * own.get(step)));
        }
        State expected = end(folder.resolve("simd"), variant).state();
        State actual = end(folder.resolve("nd4j"), variant).state();
        assertThat(actual.arrays().keySet()).isEqualTo(expected.arrays().keySet());
        expected.arrays().forEach((name, value) -> {
            if (value instanceof Mat mat) {
                assertThat(distance(mat, (Mat) actual.arrays().get(name)))
                        .as(name)
                        .isLessThan(1e-3);
            }
        });
        expected.close();
        actual.close();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void job_interrupted_goesOnWithTheSameBits(String variant) {
        train(folder.resolve("whole"), variant, Nd4jOps::copying);
        train(folder.resolve("parts"), variant, Nd4jOps::copying, 7, 8, 20);

        CheckpointFolder.Loaded whole = end(folder.resolve("whole"), variant);
        CheckpointFolder.Loaded parts = end(folder.resolve("parts"), variant);
        assertThat(parts.checkpoint().manifest().stateSha256())
                .isEqualTo(whole.checkpoint().manifest().stateSha256());
        whole.state().close();
        parts.state().close();
    }

    /** The norm of the difference over the norm. */
    private static double distance(Mat expected, Mat actual) {
        float[] wanted = expected.toArray();
        float[] got = actual.toArray();
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += Math.pow(wanted[i] - got[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return Math.sqrt(difference / Math.max(norm, 1e-12));
    }
}
