package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pins that a run's process may end at any moment, in the harvest, in training or in an evaluation, and that the run, once
 * resumed, ends with the bits of one that nobody disturbed: checkpoints, evaluations, metrics.
 */
class KillAndResumeRunTest {
    private static final List<String> JOBS = List.of("dynamic-margin", "standard", "topk");
    private static final int STEPS = 80;
    private static final int CHECKPOINT_STEPS = 8;
    private static final List<Integer> EVALUATED = List.of(STEPS / 2, STEPS);
    private static final int SHARDS = 8;
    private static final Random RANDOM = new Random(23);

    @TempDir
    private static Path folder;

    private static SmallInputs inputs;
    private static RunResults undisturbed;

    @BeforeAll
    static void run() throws IOException {
        inputs = SmallInputs.write(folder);
        // A store of its own, so that the other runs harvest theirs.
        Path cache = Caches.withBundle(folder.resolve("first"));
        CommandLine.expect(arguments("undisturbed", cache));
        undisturbed = results("undisturbed");
        assertThat(undisturbed.comparableReports()).hasSize(2 * (2 * JOBS.size() + 1));
    }

    private static List<String> arguments(String name, Path cache) {
        List<String> overrides = inputs.overrides(
                "model.batch-sequences=2",
                "data.tokens=2048",
                "data.held-out-tokens=256",
                "data.shard-rows=292",
                "train.rows=" + STEPS * 64,
                "train.batch-rows=64",
                "train.checkpoint-share=0.1",
                "train.evaluate-at=[0.5, 1.0]",
                "train.metrics-every-steps=1",
                "job.features=512",
                "job.k=8",
                "eval.evaluations=[core, sparse_probing]",
                "eval.core.sequences=4",
                "eval.core.context-tokens=32",
                "eval.sparse-probing.datasets=[amazon-sentiment]",
                "eval.sparse-probing.train-texts=10",
                "eval.sparse-probing.test-texts=10");
        return CommandLine.smoke(name, folder.resolve("runs"), cache, overrides);
    }

    private static RunProcess start(String name, Path cache) throws IOException {
        return RunProcess.start(folder, Map.of(), arguments(name, cache));
    }

    private static RunProcess resume(String name) throws IOException {
        return RunProcess.start(folder, Map.of(), resuming(name));
    }

    private static List<String> resuming(String name) {
        return List.of("run", "--resume", folder.resolve("runs/" + name).toString());
    }

    private static RunResults results(String name) {
        return new RunResults(folder.resolve("runs").resolve(name));
    }

    @Test
    void killed_inHarvestTrainingAndEvaluation_endsWithTheSameBits() throws IOException, InterruptedException {
        String name = "killed";
        Path cache = Caches.withBundle(folder.resolve("second"));
        RunResults killed = results(name);
        try (RunProcess process = start(name, cache)) {
            int shards = 1 + RANDOM.nextInt(SHARDS - 4);
            killOnce(process, () -> shards(cache) >= shards);
            assertThat(shards(cache)).isBetween(shards, SHARDS - 1);
        }
        killInTraining(name, 2);
        while (!damageANewestCheckpoint(killed)) {
            killInTraining(name, 1);
        }
        try (RunProcess process = resume(name)) {
            killOnce(process, () -> killed.reports("core").size() > 1);
        }
        assertThat(killed.comparableReports().size())
                .isLessThan(undisturbed.comparableReports().size());
        assertThat(CommandLine.expect(resuming(name)).out()).contains("Results of " + name);
        assertThat(killed.folder().resolve("unweave.log")).content().contains("is passed over: ", "has sha256 ");
        assertSameBits(killed);
        assertThat(killed.metrics("topk")).hasSameSizeAs(undisturbed.metrics("topk"));
    }

    @Test
    void textsThatHaveChanged_areRefused_andTheRunIsLeftAsItWas() throws IOException {
        Path text = inputs.texts().resolve("0.txt");
        String before = Files.readString(text);
        String provenance = Files.readString(undisturbed.folder().resolve("provenance.json"));
        Files.writeString(text, before + " and something else");
        try {
            CommandLine refused =
                    CommandLine.execute("run", "--resume", undisturbed.folder().toString());
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("corpus_sha256");
        } finally {
            Files.writeString(text, before);
        }
        assertThat(undisturbed.folder().resolve("provenance.json")).hasContent(provenance);
    }

    /** Kills a process a random moment after something has happened; it must not have ended before. */
    private static void killOnce(RunProcess process, BooleanSupplier happened) throws InterruptedException {
        process.await(happened);
        long moment = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(RANDOM.nextInt(20_000));
        while (System.nanoTime() < moment) {
            Thread.onSpinWait();
        }
        assertThat(process.alive()).as(process.toString()).isTrue();
        process.kill();
    }

    private static void killInTraining(String name, int times) throws IOException, InterruptedException {
        RunResults killed = results(name);
        for (int i = 0; i < times; i++) {
            int step = step(killed) + 1 + RANDOM.nextInt(STEPS / 6);
            assertThat(step).isLessThan(STEPS);
            try (RunProcess process = resume(name)) {
                killOnce(process, () -> step(killed) >= step);
            }
        }
    }

    /** What a failing disk does. A checkpoint that is to be evaluated, or is a job's only one, is left alone. */
    private static boolean damageANewestCheckpoint(RunResults results) throws IOException {
        for (String job : JOBS) {
            List<String> steps = results.checkpoints(job);
            if (steps.size() < 2 || EVALUATED.contains(Integer.valueOf(steps.getLast()))) {
                continue;
            }
            Path state =
                    results.folder().resolve("jobs/" + job + "/checkpoints/" + steps.getLast() + "/state.safetensors");
            byte[] bytes = Files.readAllBytes(state);
            bytes[bytes.length / 2] ^= 1;
            Files.write(state, bytes);
            return true;
        }
        return false;
    }

    private static int shards(Path cache) {
        Path stores = cache.resolve("activations");
        if (!Files.exists(stores)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(stores)) {
            return (int) files.filter(file -> file.toString().endsWith(".rows")).count();
        } catch (IOException | UncheckedIOException e) {
            return 0; // A file was renamed while this looked.
        }
    }

    private static int step(RunResults results) {
        return JOBS.stream()
                .flatMap(job -> results.metrics(job).stream())
                .mapToInt(line -> line.path("step").asInt())
                .max()
                .orElse(0);
    }

    @Test
    void interrupted_writesCheckpointsSaysHowToGoOnAndEndsWithTheSameBits() throws IOException, InterruptedException {
        String name = "interrupted";
        Path cache = Caches.withBundle(folder.resolve("third"));
        RunResults interrupted = results(name);
        try (RunProcess process = start(name, cache)) {
            process.await(() -> step(interrupted) >= 20);
            CommandLine other =
                    CommandLine.execute("run", "--resume", interrupted.folder().toString());
            assertThat(other.exitCode()).isEqualTo(1);
            assertThat(other.err()).contains("another process works in " + interrupted.folder());
            process.interrupt();
            assertThat(process.end()).as(process.toString()).isEqualTo(130);
            assertThat(process.err()).contains("stopping after a checkpoint");
            assertThat(process.out()).contains("go on with: bin/unweave run --resume " + interrupted.folder());
        }
        for (String job : JOBS) {
            int last = interrupted.metrics(job, "train").getLast().path("step").asInt();
            assertThat(interrupted.checkpoints(job).getLast()).isEqualTo("%09d".formatted(last));
            assertThat(interrupted
                            .json("jobs/" + job + "/state.json")
                            .path("state")
                            .asText())
                    .isEqualTo(last == STEPS ? "done" : "stopped");
        }
        CommandLine changed = CommandLine.execute(
                "run", "--resume", interrupted.folder().toString(), "--set", "train.rows=1280", "--set", "seed=9");
        assertThat(changed.exitCode()).isEqualTo(1);
        assertThat(changed.err()).contains("train.rows: " + STEPS * 64 + " -> 1280", "seed: 1 -> 9");
        CommandLine.expect(resuming(name));
        assertSameBits(interrupted);
    }

    @Test
    void interrupted_inTheHarvest_saysHowToGoOnAndKeepsWholeShards() throws IOException, InterruptedException {
        Path cache = Caches.withBundle(folder.resolve("fourth"));
        try (RunProcess process = start("early", cache)) {
            process.await(() -> shards(cache) > 0);
            process.interrupt();
            assertThat(process.end()).as(process.toString()).isEqualTo(130);
            assertThat(process.err())
                    .contains("go on with: bin/unweave run --resume "
                            + results("early").folder());
        }
        assertThat(results("early").folder().resolve("run.conf")).isRegularFile();
        assertThat(shards(cache)).isBetween(1, SHARDS);
    }

    private static void assertSameBits(RunResults results) {
        assertThat(results.jobs()).isEqualTo(JOBS);
        String last = "%09d".formatted(STEPS);
        for (String job : JOBS) {
            assertThat(results.stateSha256(job, last)).as(job).isEqualTo(undisturbed.stateSha256(job, last));
            assertThat(results.json("jobs/" + job + "/features.json"))
                    .as(job)
                    .isEqualTo(undisturbed.json("jobs/" + job + "/features.json"));
            assertThat(steps(results, job))
                    .as(job)
                    .isEqualTo(IntStream.rangeClosed(1, STEPS).boxed().toList());
            assertThat(lines(results, job)).as(job).isEqualTo(lines(undisturbed, job));
        }
        assertThat(results.comparableReports()).isEqualTo(undisturbed.comparableReports());
    }

    private static List<Integer> steps(RunResults results, String job) {
        return results.metrics(job, "train").stream()
                .map(line -> line.path("step").asInt())
                .toList();
    }

    /** The lines without times, and without those of checkpoints that an interrupt had written beside the schedule. */
    private static List<JsonNode> lines(RunResults results, String job) {
        List<JsonNode> lines = new ArrayList<>();
        for (JsonNode line : results.metrics(job)) {
            boolean scheduled = line.path("step").asInt() % CHECKPOINT_STEPS == 0;
            if (scheduled || line.path("split").asText().equals("train")) {
                lines.add(((ObjectNode) line).without(List.of("wall_s", "rows_per_second")));
            }
        }
        return lines;
    }
}
