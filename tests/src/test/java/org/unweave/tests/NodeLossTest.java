package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes train and judge the jobs of a run, and any of them is killed at any moment, the supervisor's among them: the
 * run ends by itself, with the bits of a run in one process, each checkpoint judged once.
 *
 * <p>The property {@code unweave.kills} says how often a node is killed.
 */
class NodeLossTest {
    private static final int KILLS = Integer.getInteger("unweave.kills", 3);
    private static final List<String> JOBS = List.of("dynamic-margin", "standard", "topk");
    private static final int STEPS_A_KILL = 200;
    private static final int CHECKPOINT_STEPS = STEPS_A_KILL / 10;
    private static final int STEPS = STEPS_A_KILL * (KILLS + 1);
    private static final Pattern STEP = Pattern.compile("\"step\":(\\d+)");
    private static final Random RANDOM = new Random(29);

    @TempDir
    private static Path folder;

    private static Path cache;
    private static RunResults undisturbed;

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        cache = Caches.withBundle(folder.resolve("cache"));
        List<String> arguments = CommandLine.smoke("run", folder.resolve("local"), cache, overrides());
        try (RunProcess process = RunProcess.start(folder, Map.of(), arguments)) {
            assertThat(process.end()).as(process.toString()).isZero();
        }
        undisturbed = new RunResults(folder.resolve("local/run"));
    }

    private static List<String> overrides() {
        return List.of(
                "model.hook=blocks.1.hook_resid_post",
                "model.context-tokens=32",
                "data.tokens=4096",
                "data.held-out-tokens=256",
                "train.rows=" + STEPS * 64,
                "train.batch-rows=64",
                "train.checkpoint-share=" + 0.1 / (KILLS + 1),
                "train.evaluate-at=[0.25, 0.5, 0.75, 1.0]",
                "train.metrics-every-steps=10",
                "job.features=512",
                "job.k=8",
                "supervision.max-restarts=0",
                "eval.evaluations=[core]",
                "eval.core.sequences=4",
                "eval.core.context-tokens=32");
    }

    @Test
    void anyNode_isKilledAtAnyMoment_andTheRunEndsWithTheBitsOfOneProcess() throws IOException, InterruptedException {
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), cache, 3)) {
            TestCluster.Node entrance = cluster.nodes().getLast();
            RunResults results = new RunResults(cluster.runs().resolve("run"));
            List<String> arguments =
                    new ArrayList<>(CommandLine.smoke("run", folder.resolve("elsewhere"), cache, overrides()));
            arguments.set(0, "submit");
            arguments.addAll(List.of("--node", entrance.url()));
            try (RunProcess submit = RunProcess.start(folder, Map.of(), arguments)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    int step = (kill + 1) * STEPS_A_KILL - RANDOM.nextInt(STEPS_A_KILL / 2);
                    submit.await(() -> {
                        cluster.startEnded();
                        return leastStep(results) >= step;
                    });
                    assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
                    TestCluster.Node victim = kill == 1
                            ? cluster.supervisor()
                            : cluster.nodes().get(RANDOM.nextInt(cluster.nodes().size()));
                    victim.kill();
                }
                submit.await(() -> {
                    cluster.startEnded();
                    return false;
                });
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
                assertThat(submit.out()).contains("Results of run");
            }
            assertSameBits(results, cluster);
        }
    }

    private static int leastStep(RunResults results) {
        return JOBS.stream().mapToInt(job -> step(results, job)).min().orElse(0);
    }

    private static int step(RunResults results, String job) {
        Path file = results.folder().resolve("jobs/" + job + "/metrics.jsonl");
        try {
            // Asked all the time, so it is not parsed.
            Matcher steps = STEP.matcher(Files.exists(file) ? Files.readString(file) : "");
            int last = 0;
            while (steps.find()) {
                last = Integer.parseInt(steps.group(1));
            }
            return last;
        } catch (IOException e) {
            return 0; // It is being replaced.
        }
    }

    private static void assertSameBits(RunResults results, TestCluster cluster) {
        assertThat(results.jobs()).isEqualTo(JOBS);
        String last = "%09d".formatted(STEPS);
        for (String job : JOBS) {
            assertThat(results.stateSha256(job, last)).as(job).isEqualTo(undisturbed.stateSha256(job, last));
            assertThat(lines(results, job)).as(job).isEqualTo(lines(undisturbed, job));
            JsonNode state = results.json("jobs/" + job + "/state.json");
            assertThat(state.path("state").asText()).isEqualTo("done");
            assertThat(state.path("restarts").asInt())
                    .as("the loss of a node is no failure")
                    .isZero();
        }
        assertThat(results.comparableReports()).isEqualTo(undisturbed.comparableReports());
        // A report that is there is left as it is: one written twice would say so.
        assertThat(cluster.logs()).doesNotContain("and is made anew");
    }

    /** The lines without times, and without those of checkpoints that a job which was moved had written beside the schedule. */
    private static List<JsonNode> lines(RunResults results, String job) {
        List<JsonNode> lines = results.metrics(job).stream()
                .filter(line -> line.path("split").asText().equals("train")
                        || line.path("step").asInt() % CHECKPOINT_STEPS == 0)
                .<JsonNode>map(line -> ((ObjectNode) line).without(List.of("wall_s", "rows_per_second")))
                .toList();
        assertThat(lines.stream()
                        .filter(line -> line.path("split").asText().equals("train"))
                        .map(line -> line.path("step").asInt()))
                .isEqualTo(IntStream.rangeClosed(1, STEPS / 10)
                        .mapToObj(line -> line * 10)
                        .toList());
        return lines;
    }
}
