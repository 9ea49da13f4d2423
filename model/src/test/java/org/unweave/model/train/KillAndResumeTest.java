package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.JobConfig;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.SaeConfig;

/**
 * A JVM that trains and writes a checkpoint after each step is killed at random moments, also while it writes; it is
 * started again until it is through. The last checkpoint has the checksum of a run that nobody killed.
 */
class KillAndResumeTest {
    private static final long STEPS = 60;
    private static final int ROWS = 64;
    private static final int WIDTH = 48;

    @TempDir
    Path folder;

    @Test
    void killedAtRandomMoments_endsWithTheBitsOfARunNobodyKilled() throws IOException, InterruptedException {
        Path undisturbed = folder.resolve("undisturbed");
        train(undisturbed);
        String expected = finalSha256(undisturbed);
        Path killed = folder.resolve("killed");
        Random random = new Random(11);
        int kills = 0;
        boolean through = false;
        while (!through) {
            Process child = start(killed);
            // A child that is let run makes a few steps between its start and its death.
            long before = step(killed);
            awaitStep(child, killed, before + 1 + random.nextInt(20));
            long moment = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(random.nextInt(4_000));
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            if (child.isAlive()) {
                child.destroyForcibly().waitFor();
                kills++;
            } else {
                assertThat(child.exitValue()).isZero();
                through = true;
            }
        }
        assertThat(kills).isGreaterThan(3);
        assertThat(finalSha256(killed)).isEqualTo(expected);
    }

    private static void awaitStep(Process child, Path folder, long step) throws InterruptedException {
        while (child.isAlive() && step(folder) < step) {
            child.waitFor(2, TimeUnit.MILLISECONDS);
        }
    }

    private static long step(Path folder) {
        List<Long> steps = new CheckpointFolder(folder).steps();
        return steps.isEmpty() ? 0 : steps.getLast();
    }

    private static Process start(Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillAndResumeTest.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static String finalSha256(Path folder) {
        CheckpointFolder.Loaded newest = new CheckpointFolder(folder).newest().orElseThrow();
        assertThat(newest.checkpoint().manifest().step()).isEqualTo(STEPS);
        return newest.checkpoint().manifest().stateSha256();
    }

    /** The child. */
    public static void main(String[] arguments) {
        train(Path.of(arguments[0]));
    }

    private static void train(Path folder) {
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        JobConfig job = TestJobs.topK("dynamic-margin", 192, 8);
        SimdOps ops = new SimdOps(new Team(1));
        TrainLoop loop = checkpoints
                .newest()
                .map(loaded -> TrainLoop.of(loaded.checkpoint().manifest(), loaded.state(), ops))
                .orElseGet(() -> new TrainLoop(new SaeConfig(job, WIDTH, STEPS, ROWS, 1), ops));
        Mat xBD = Mat.zeros(ROWS, WIDTH);
        while (!loop.done()) {
            batch(loop.step(), xBD);
            loop.step(xBD, false);
            State state = new State();
            loop.save(state);
            checkpoints.write(loop.manifest(0, Map.of()), "", state);
            checkpoints.prune(3, Set.of());
        }
    }

    private static void batch(long step, Mat xBD) {
        Draws random = new Draws(5, "batch", step);
        for (int row = 0; row < xBD.rows(); row++) {
            for (int col = 0; col < xBD.cols(); col++) {
                xBD.set(row, col, (float) (random.gaussian() / Math.sqrt(WIDTH)));
            }
        }
    }
}
