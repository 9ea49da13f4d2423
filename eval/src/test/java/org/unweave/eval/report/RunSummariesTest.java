package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins what is told of each run of a folder, whatever lies there. */
class RunSummariesTest {
    @TempDir
    Path runs;

    private static final String CONFIG = """
            name = %s
            preset = "quick"
            jobs = [ { name = topk }, { name = standard }, { name = dynamic-margin } ]
            """;

    private SampleRun run(String name) throws IOException {
        SampleRun run = new SampleRun(runs.resolve(name));
        run.write("run.conf", CONFIG.formatted(name));
        return run;
    }

    private RunSummary only() {
        return RunSummaries.of(runs).getFirst();
    }

    @Test
    void wholeRun_isDoneWithItsBestScores() throws IOException {
        Path folder = SampleRun.write(runs.resolve("one"));
        Files.writeString(folder.resolve("run.conf"), CONFIG.formatted("one"));
        Files.writeString(
                folder.resolve("unweave.log"),
                "2026-03-01T10:00:00.000 INFO  A run= job= begins\n\tat a trace\n"
                        + "2026-03-01T11:30:00.500 INFO  A run= job= ends\n\tat a trace\n");

        RunSummary run = only();

        assertThat(run.name()).isEqualTo("one");
        assertThat(run.state()).isEqualTo(RunSummary.State.DONE);
        assertThat(run.preset()).isEqualTo("quick");
        assertThat(run.jobs()).isEqualTo(3);
        assertThat(run.done()).isEqualTo(3);
        assertThat(run.varianceExplained()).isEqualTo(0.76);
        assertThat(run.crossEntropyRecovered()).isEqualTo(0.934);
        assertThat(run.judged()).isEqualTo(14);
        assertThat(run.problems()).isEmpty();
        assertThat(run.bytes()).isGreaterThan(100_000);
        assertThat(run.started())
                .isEqualTo(LocalDateTime.parse("2026-03-01T10:00")
                        .atZone(ZoneId.systemDefault())
                        .toInstant());
        assertThat(run.ended())
                .isEqualTo(LocalDateTime.parse("2026-03-01T11:30:00.500")
                        .atZone(ZoneId.systemDefault())
                        .toInstant());
    }

    @Test
    void controls_areNotTheBest_andLaterStepsCount() throws IOException {
        SampleRun run = run("one");
        run.job("topk", "topk", 32, 400, 95, 0.7);
        run.core("topk", 400, 32, 0.9, 0.9, 1);
        run.core("topk", 800, 32, 0.6, 0.5, 1);
        run.core("residual-control", 0, 32, 1, 1, 1);

        assertThat(only().varianceExplained()).isEqualTo(0.6);
        assertThat(only().crossEntropyRecovered()).isEqualTo(0.5);
    }

    @Test
    void runThatWasNotJudged_hasTheHeldOutRowsVariance() throws IOException {
        SampleRun run = run("one");
        run.job("topk", "topk", 32, 400, 95, 0.7);

        assertThat(only().varianceExplained()).isCloseTo(0.7, within(0.01));
        assertThat(only().crossEntropyRecovered()).isNaN();
    }

    @Test
    void states_areToldFromTheJobs() throws IOException {
        run("a-empty");
        SampleRun failed = run("b-failed");
        failed.state("topk", "topk", "done", 32, "");
        failed.state("standard", "standard", "failed", 32, "diverged");
        failed.state("dynamic-margin", "dynamic-margin", "done", 32, "");
        SampleRun stopped = run("c-stopped");
        stopped.state("topk", "topk", "stopped", 32, "");
        SampleRun killed = run("d-killed");
        killed.state("topk", "topk", "running", 32, "");
        killed.state("standard", "standard", "done", 32, "");
        Files.writeString(Files.createDirectories(runs.resolve("e-damaged")).resolve("run.conf"), "jobs = [{");
        Files.createDirectories(runs.resolve("f-nothing"));
        Files.createDirectories(runs.resolve(".nodes"));
        Files.writeString(runs.resolve("a-file"), "");
        killed.write("jobs/standard/state.json", "{\"state\":\"do");

        List<RunSummary> found = RunSummaries.of(runs).stream()
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();

        assertThat(found)
                .extracting(run -> run.name() + " " + run.state().word() + " " + run.done() + "/" + run.jobs())
                .containsExactly(
                        "a-empty empty 0/3",
                        "b-failed failed 2/3",
                        "c-stopped stopped 0/3",
                        "d-killed interrupted 0/3",
                        "e-damaged damaged 0/0",
                        "f-nothing damaged 0/0");
        assertThat(found.get(1).failed()).isEqualTo(1);
        assertThat(found.get(3).problems()).containsExactly("jobs/standard/state.json is damaged");
        assertThat(found.get(4).problems()).containsExactly("run.conf is damaged");
        assertThat(found.get(5).problems()).containsExactly("run.conf is missing");
        assertThat(found.get(5).started()).isNull();
    }

    @Test
    void damagedResult_isNamedAndTheOthersCount() throws IOException {
        SampleRun run = run("one");
        run.job("topk", "topk", 32, 400, 95, 0.7);
        run.core("topk", 800, 32, 0.6, 0.5, 1);
        run.write("evals/core/one_standard_800_custom_sae_eval_results.json", "{\"eval_result_metrics\": {\"spar");

        assertThat(only().varianceExplained()).isEqualTo(0.6);
        assertThat(only().problems())
                .containsExactly("evals/core/one_standard_800_custom_sae_eval_results.json is damaged");
    }

    @Test
    void runThatIsLocked_isRunningAndHasNoEnd() throws IOException {
        SampleRun run = run("one");
        run.state("topk", "topk", "running", 32, "");
        Path lock = Files.writeString(run.folder().resolve(".lock"), "");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            assertThat(only().state()).isEqualTo(RunSummary.State.RUNNING);
            assertThat(only().ended()).isNull();
        }
        assertThat(only().state()).isEqualTo(RunSummary.State.INTERRUPTED);
    }

    @Test
    void runs_areOrderedByTheirBeginning() throws IOException {
        for (String name : List.of("b", "a", "c")) {
            run(name);
        }
        Files.setLastModifiedTime(runs.resolve("a/run.conf"), FileTime.from(Instant.parse("2026-01-03T00:00:00Z")));
        Files.setLastModifiedTime(runs.resolve("b/run.conf"), FileTime.from(Instant.parse("2026-01-02T00:00:00Z")));
        Files.setLastModifiedTime(runs.resolve("c/run.conf"), FileTime.from(Instant.parse("2026-01-04T00:00:00Z")));
        Files.createDirectories(runs.resolve("d"));

        assertThat(RunSummaries.of(runs)).extracting(RunSummary::name).containsExactly("c", "a", "b", "d");
    }

    @Test
    void folder_thatIsNotThere_isNamed() {
        assertThatThrownBy(() -> RunSummaries.of(runs.resolve("absent")))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("absent")
                .hasMessageContaining("--runs");
    }
}
