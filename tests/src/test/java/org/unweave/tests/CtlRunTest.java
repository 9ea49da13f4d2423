package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of {@code ctl} to a run on three nodes, and what comes of it: in the lines of metrics, the reports, the
 * folder of the run and its status, also after the supervisor's node was killed; and that a replay of the run has the bits of
 * the job that was changed.
 */
class CtlRunTest {
    private static final DisturbedRun.Size SIZE = new DisturbedRun.Size(2400, 120, 1, 16, 64, 60);
    private static final String RUN = "run";
    private static final String LAST = "%09d".formatted(SIZE.steps());

    @TempDir
    private Path folder;

    private TestCluster.@Nullable Node speaker;

    private CommandLine ctl(TestCluster cluster, String... words) {
        List<String> all = new ArrayList<>(List.of("ctl"));
        all.addAll(List.of(words));
        return cluster.command(speaker(), all.toArray(String[]::new));
    }

    private TestCluster.Node speaker() {
        return Objects.requireNonNull(speaker);
    }

    private void taken(TestCluster cluster, String... words) {
        CommandLine done = ctl(cluster, words);
        assertThat(done.exitCode())
                .as(String.join(" ", words) + done + cluster.logs())
                .isZero();
        assertThat(done.out()).isEmpty();
    }

    private void refused(TestCluster cluster, int exitCode, String why, String... words) {
        CommandLine done = ctl(cluster, words);
        assertThat(done.exitCode()).as(String.join(" ", words) + done).isEqualTo(exitCode);
        assertThat(done.err()).contains(why);
    }

    private void await(TestCluster cluster, String what, BooleanSupplier happened) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        speaker().process().await(() -> {
            done.set(happened.getAsBoolean());
            return done.get();
        });
        assertThat(done.get()).as(what + cluster.logs()).isTrue();
    }

    private static JsonNode standing(TestCluster cluster, String job) {
        return DisturbedRun.results(cluster).json("jobs/" + job + "/state.json");
    }

    private void awaitState(TestCluster cluster, String job, String state) throws InterruptedException {
        await(
                cluster,
                job + " is " + state,
                () -> DisturbedRun.state(cluster, job).equals(state));
    }

    @Test
    void everyCommand_isTakenOrRefused_andHasItsEffect() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make(SIZE);
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), run.cache(), 3)) {
            speaker = cluster.nodes().getFirst();
            try (RunProcess submit = run.submit(cluster, speaker())) {
                await(
                        cluster,
                        "the run is taken",
                        () -> ctl(cluster, "pause", RUN + "/dynamic-margin").exitCode() == 0);
                submit.catchMoment(() -> DisturbedRun.step(cluster, "topk") > 0);
                taken(cluster, "pause", RUN + "/topk");
                awaitState(cluster, "topk", "paused");
                awaitState(cluster, "dynamic-margin", "paused");
                long changed = set(cluster);
                evaluate(cluster, changed);
                addAndFork(cluster);
                stopAndResume(cluster);
                TestCluster.Node supervisor = cluster.supervisor();
                speaker = cluster.other(supervisor);
                supervisor.kill();
                await(cluster, "another supervisor", () -> {
                    cluster.startEnded();
                    return ctl(cluster, "checkpoint", RUN + "/topk").exitCode() == 0;
                });
                String status = ctl(cluster, "status", "--json").out();
                assertThat(status).contains("topk-b", "wide", "learning-rate=0.0005@" + changed);
                drain(cluster, supervisor);
                await(
                        cluster,
                        "topk goes on",
                        () -> ctl(cluster, "resume", RUN + "/topk").exitCode() == 0);
                submit.await(() -> {
                    cluster.startEnded();
                    return false;
                });
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
                RunResults results = DisturbedRun.results(cluster);
                assertLines(results, changed);
                assertReports(results, changed);
                assertReplay(run, results);
            }
        }
    }

    /** Changes a paused job; gives the update before which. */
    private long set(TestCluster cluster) throws InterruptedException {
        refused(
                cluster,
                1,
                "features is fixed while a job trains; keys that may change: learning-rate",
                "set",
                RUN + "/topk",
                "features=3");
        refused(cluster, 1, "k: 65 is more than the 64 features", "set", RUN + "/topk", "k=65");
        refused(cluster, 2, "KEY=VALUE", "set", RUN + "/topk");
        refused(cluster, 2, "is no RUN/JOB", "set", RUN, "k=5");
        taken(cluster, "set", RUN + "/topk", "learning-rate=0.0005", "k=6");
        await(
                cluster,
                "topk has taken it",
                () -> standing(cluster, "topk").path("set").asText().matches("k=6@\\d+ learning-rate=0.0005@\\d+"));
        String set = standing(cluster, "topk").path("set").asText();
        return Long.parseLong(set.substring(set.lastIndexOf('@') + 1));
    }

    /** Has a checkpoint judged that nobody else would have: that of the step at which the job is paused. */
    private void evaluate(TestCluster cluster, long step) throws InterruptedException {
        taken(cluster, "checkpoint", RUN + "/topk");
        await(
                cluster,
                "the checkpoint of " + step,
                () -> DisturbedRun.results(cluster).checkpoints("topk").contains("%09d".formatted(step)));
        refused(cluster, 1, "no checkpoint of step 1", "evaluate", RUN + "/topk", "--step", "1");
        taken(cluster, "evaluate", RUN + "/topk", "--step", Long.toString(step));
        refused(cluster, 1, "topk at step " + step, "evaluate", RUN + "/topk");
    }

    private void addAndFork(TestCluster cluster) throws IOException, InterruptedException {
        Path entry =
                Files.writeString(folder.resolve("entry.conf"), "variant = topk\nname = wide\nfeatures = 96\nk = 4\n");
        taken(cluster, "add", RUN, entry.toString());
        refused(cluster, 1, "there is a job named wide in run run already", "add", RUN, entry.toString());
        refused(cluster, 2, "cannot be read", "add", RUN, "nowhere.conf");
        taken(cluster, "fork", RUN + "/topk", "--as", "topk-b", "--set", "k=8");
        refused(cluster, 1, "features is fixed", "fork", RUN + "/topk", "--as", "topk-c", "--set", "features=4");
        refused(cluster, 2, "--as", "fork", RUN + "/topk");
        for (String job : List.of("wide", "topk-b")) {
            await(cluster, job + " trains", () -> DisturbedRun.step(cluster, job) > 0);
        }
    }

    private void stopAndResume(TestCluster cluster) throws InterruptedException {
        refused(cluster, 2, "give --yes if it is meant", "stop", RUN + "/dynamic-margin");
        CommandLine json = ctl(cluster, "stop", RUN + "/dynamic-margin", "--yes", "--json");
        assertThat(json.exitCode()).as(json.toString()).isZero();
        assertThat(json.out().strip()).isEqualTo("{\"taken\":true}");
        awaitState(cluster, "dynamic-margin", "stopped");
        CommandLine again = ctl(cluster, "stop", RUN + "/dynamic-margin", "--yes", "--json");
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.out()).contains("\"taken\":false", "dynamic-margin is stopped");
        taken(cluster, "resume", RUN + "/dynamic-margin");
        await(
                cluster,
                "dynamic-margin goes on",
                () -> !DisturbedRun.state(cluster, "dynamic-margin").matches("stopped|paused"));
    }

    private void drain(TestCluster cluster, TestCluster.Node killed) throws InterruptedException {
        TestCluster.Node node = cluster.other(killed, speaker());
        refused(cluster, 2, "give --yes if it is meant", "drain", node.name());
        refused(cluster, 2, "is no HOST:PORT", "drain", "somewhere", "--yes");
        taken(cluster, "drain", node.name(), "--yes");
        await(cluster, node + " is drained", () -> {
            for (JsonNode line : cluster.status(speaker()).path("nodes")) {
                if (line.path("name").asText().equals(node.name())) {
                    return line.path("drained").asBoolean();
                }
            }
            return false;
        });
    }

    private static List<JsonNode> lines(RunResults results, String job) {
        return results.metrics(job).stream()
                .filter(line -> line.path("split").asText().equals("train"))
                .toList();
    }

    private static void assertLines(RunResults results, long changed) {
        for (JsonNode line : lines(results, "topk")) {
            // A line is of the update that makes its number: the first that was changed is the next.
            boolean after = line.path("step").asLong() > changed;
            assertThat(line.has("set")).as(line.toString()).isEqualTo(after);
            assertThat(line.path("l0").asDouble()).as(line.toString()).isLessThanOrEqualTo(after ? 6 : 4);
            if (after) {
                assertThat(line.path("set").toString()).isEqualTo("{\"k\":6.0,\"learning-rate\":5.0E-4}");
                assertThat(line.path("lr").asDouble()).isLessThanOrEqualTo(5e-4);
            }
        }
        assertThat(lines(results, "topk")).anyMatch(line -> line.path("l0").asDouble() > 4);
        assertThat(lines(results, "topk-b"))
                .isNotEmpty()
                .allMatch(line -> line.path("step").asLong() > changed);
        assertThat(lines(results, "topk-b")).anyMatch(line -> line.path("l0").asDouble() > 6);
        assertThat(lines(results, "wide").getFirst().path("step").asInt()).isEqualTo(SIZE.lineSteps());
        for (String job : List.of("topk", "topk-b", "wide", "dynamic-margin", "standard")) {
            assertThat(results.checkpoints(job)).as(job).contains(LAST);
            assertThat(results.json("jobs/" + job + "/state.json").path("state").asText())
                    .isEqualTo("done");
        }
    }

    private static void assertReports(RunResults results, long step) throws IOException {
        Path core = results.folder().resolve("evals/core");
        for (String subject : List.of(
                "run_topk_" + step, "run_topk_2400", "run_topk-b_2400", "run_wide_2400", "run_dynamic-margin_2400")) {
            assertThat(core.resolve(subject + "_custom_sae_eval_results.json")).exists();
        }
        assertThat(results.checkpoints("topk")).contains("%09d".formatted(step));
        JsonNode provenance = new ObjectMapper()
                .readTree(results.folder()
                        .resolve("jobs/topk-b/checkpoints/" + LAST + "/manifest.json")
                        .toFile())
                .path("provenance");
        assertThat(provenance.path("parent_job").asText()).isEqualTo("topk");
        assertThat(provenance.path("parent_step").asLong()).isEqualTo(step);
        assertThat(results.folder().resolve("run.conf")).content().contains("\"topk-b\"", "\"wide\"");
    }

    /** In one process, by the record of the run. */
    private void assertReplay(DisturbedRun run, RunResults results) {
        List<String> overrides = new ArrayList<>(run.overrides());
        overrides.add("exchange.replay=" + results.folder());
        CommandLine.expect(CommandLine.smoke("again", folder.resolve("again"), run.cache(), overrides));
        RunResults again = new RunResults(folder.resolve("again/again"));
        assertThat(again.stateSha256("topk", LAST)).isEqualTo(results.stateSha256("topk", LAST));
    }
}
