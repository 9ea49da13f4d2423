package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run whose disk is full waits, says why, and goes on when there is room, with the bits of one that had room all along.
 * Looked at on a small file system in memory, which only root can mount.
 */
class DiskFullTest {
    private static final int STEPS = 200;
    private static final String LAST = "%09d".formatted(STEPS);

    @TempDir
    Path folder;

    private Path small;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        small = Files.createDirectories(folder.resolve("small"));
        assumeTrue(
                execute("mount", "-t", "tmpfs", "-o", "size=72m", "tmpfs", small.toString()) == 0,
                "a file system cannot be mounted here");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        execute("umount", "-l", small.toString());
    }

    private static int execute(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private List<String> arguments(Path runs, Path cache) throws IOException {
        List<String> overrides = SmallInputs.write(folder)
                .overrides(
                        "data.tokens=4096",
                        "data.held-out-tokens=256",
                        "disk-budget=64 MB",
                        "train.rows=" + STEPS * 64,
                        "train.batch-rows=64",
                        "train.checkpoint-share=0.05",
                        "train.evaluate-at=[1.0]",
                        "train.metrics-every-steps=1",
                        "job.features=640",
                        "job.k=8",
                        "jobs=[{ variant = topk }]",
                        "supervision.max-restarts=0",
                        "eval.evaluations=[]");
        return CommandLine.smoke("run", runs, cache, overrides);
    }

    @Test
    void run_waitsForRoom_andEndsWithTheSameBits() throws IOException, InterruptedException {
        Path cache = Caches.withBundle(folder.resolve("cache"));
        CommandLine.expect(arguments(folder.resolve("large"), cache));
        RunResults undisturbed = new RunResults(folder.resolve("large/run"));
        RunResults results = new RunResults(small.resolve("run"));
        Path ballast = small.resolve("ballast");
        try (RunProcess process = RunProcess.start(folder, Map.of(), arguments(small, cache))) {
            process.await(() -> !results.checkpoints("topk").isEmpty());
            fill(ballast);
            process.await(() -> state(results).contains("waits for room on the disk"));
            assertThat(process.alive()).as(process.toString()).isTrue();
            assertThat(results.json("jobs/topk/state.json").path("state").asText())
                    .isEqualTo("paused");
            Files.delete(ballast);
            assertThat(process.end()).as(process.toString()).isZero();
        }
        assertThat(results.stateSha256("topk", LAST)).isEqualTo(undisturbed.stateSha256("topk", LAST));
        assertThat(results.metrics("topk")).hasSameSizeAs(undisturbed.metrics("topk"));
        assertThat(results.json("jobs/topk/state.json").path("restarts").asInt())
                .isZero();
    }

    /** Leaves room for the small files that say how a job stands, and none for a checkpoint. */
    private static void fill(Path ballast) throws IOException {
        byte[] block = new byte[1 << 16];
        try (var out = Files.newOutputStream(ballast)) {
            while (Files.getFileStore(ballast).getUsableSpace() > 4 * block.length) {
                out.write(block);
            }
        }
    }

    private static String state(RunResults results) {
        try {
            return Files.readString(results.folder().resolve("jobs/topk/state.json"));
        } catch (IOException e) {
            return "";
        }
    }
}
