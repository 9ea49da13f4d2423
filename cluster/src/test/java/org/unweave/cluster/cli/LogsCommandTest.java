package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins which lines are a job's, and that a log is followed through its being cut, replaced and written in pieces. */
class LogsCommandTest {
    private static final String LOG = """
            2026-11-29T10:00:00.000 INFO  Harvest run= job= activation store is reused
            2026-11-29T10:00:01.000 INFO  Trainer run=one job=topk begins at step 0 of 20, placement 0
            2026-11-29T10:00:02.000 WARN  Trainer run=one job=topk fails at step 10
            java.lang.IllegalStateException: the reason
            \tat org.unweave.Somewhere
            2026-11-29T10:00:03.000 INFO  Trainer run=one job=topk-k64 step=10
            2026-11-29T10:00:04.000 ERROR Supervisor run= job= topk has failed after 5 restarts: the reason
            2026-11-29T10:00:05.000 INFO  Trainer run=other job=topk step=10
            """;

    @TempDir
    private Path runs;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int logs(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] line = new String[arguments.length + 1];
        line[0] = "logs";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        return Unweave.execute(line, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private SmallRun run() throws IOException {
        SmallRun run = new SmallRun(runs.resolve("one")).job("topk", 0.7, 0.9).job("topk-k64", 0.8, 0.9);
        run.write("unweave.log", LOG);
        return run;
    }

    private static List<String> lines(List<LogEntry> entries) {
        return entries.stream().flatMap(entry -> entry.lines().stream()).toList();
    }

    @Test
    void run_hasItsLinesAndThoseOfNone() throws IOException {
        assertThat(logs(run().folder().toString())).isZero();
        assertThat(out.toString()).isEqualTo(LOG.substring(0, LOG.indexOf("2026-11-29T10:00:05")));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void job_hasItsOwnLinesWithTheirTraces_andThoseThatNameIt() throws IOException {
        assertThat(logs(run().folder() + "/topk")).isZero();
        assertThat(out.toString().lines())
                .hasSize(5)
                .anyMatch(line -> line.endsWith("begins at step 0 of 20, placement 0"))
                .anyMatch(line -> line.equals("\tat org.unweave.Somewhere"))
                .anyMatch(line -> line.contains("topk has failed after"))
                .noneMatch(line -> line.contains("topk-k64"));
    }

    @Test
    void level_andNumber_leaveTheLastOfThose() throws IOException {
        String folder = run().folder().toString();
        assertThat(logs(folder, "--level", "warn")).isZero();
        assertThat(out.toString().lines()).hasSize(4).noneMatch(line -> line.contains("INFO"));
        assertThat(logs(folder, "--level", "error", "-n", "7")).isZero();
        assertThat(out.toString().lines()).singleElement().asString().contains("ERROR");
        assertThat(logs(folder, "-n", "1")).isZero();
        assertThat(out.toString().lines()).singleElement().asString().contains("10:00:04");
        assertThat(logs(folder, "-n", "0")).isZero();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void nodes_thatWroteOfTheRun_areReadInTheOrderOfTime() throws IOException {
        SmallRun run = new SmallRun(runs.resolve("one")).job("topk", 0.7, 0.9);
        Path nodes = Files.createDirectories(runs.resolve(".nodes"));
        Files.writeString(nodes.resolve("127.0.0.1_1.log"), """
                2026-11-29T10:00:01.000 INFO  Trainer run=one job=topk step=1
                2026-11-29T10:00:03.000 INFO  Trainer run=one job=topk step=3
                2026-11-29T10:00:04.000 INFO  NodeAgent run= job= is heard by supervisor 1
                """);
        Files.writeString(nodes.resolve("127.0.0.1_2.log"), """
                2026-11-29T10:00:02.000 INFO  Trainer run=one job=topk step=2
                2026-11-29T10:00:02.500 INFO  Trainer run=second job=topk step=9
                2026-11-29T10:00:05.000 WARN  Supervisor run= job= the folder of run one is not opened: why
                """);

        assertThat(logs(run.folder().toString())).isZero();

        assertThat(out.toString().lines().map(line -> line.substring(line.lastIndexOf(' ') + 1)))
                .containsExactly("step=1", "step=2", "step=3", "why");
    }

    @Test
    void run_withoutALog_isAFailureThatSaysWhereItWasLookedFor() throws IOException {
        assertThat(logs(new SmallRun(runs.resolve("one")).folder().toString())).isEqualTo(1);
        assertThat(err.toString()).contains("has no log", "unweave.log");
        assertThat(logs(runs.resolve("absent").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("there is no run");
    }

    @Test
    void tail_givesWholeLinesOnce_andBeginsAgainWithAFileInItsPlace() throws IOException {
        Path file = runs.resolve("a.log");
        LogTail tail = new LogTail(file);
        assertThat(tail.poll()).isEmpty();
        Files.writeString(file, "one\ntw");
        assertThat(tail.poll()).containsExactly("one");
        Files.writeString(file, "o\nthree\r\n", StandardOpenOption.APPEND);
        assertThat(tail.poll()).containsExactly("two", "three");
        assertThat(tail.poll()).isEmpty();

        Files.move(file, runs.resolve("a.log.1"));
        assertThat(tail.poll()).isEmpty();
        Files.writeString(file, "four, which is longer than all of the file before\n");
        assertThat(tail.poll()).containsExactly("four, which is longer than all of the file before");

        Files.writeString(file, "cut\n");
        assertThat(tail.poll()).containsExactly("cut");

        Path next = Files.writeString(runs.resolve("next"), "moved over it, and longer\n");
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(tail.poll()).containsExactly("moved over it, and longer");
    }

    @Test
    void log_thatIsFollowed_givesWhatIsNew_tracesThatComeLaterToo() throws IOException {
        SmallRun run = run();
        RunLog log = RunLog.of(run.folder(), "topk", LogLevel.WARN);
        assertThat(lines(log.poll())).hasSize(4);
        Path file = run.folder().resolve("unweave.log");
        Files.writeString(
                file,
                "2026-11-29T10:00:06.000 INFO  Trainer run=one job=topk step=20\n\tat no trace of a warning\n"
                        + "2026-11-29T10:00:07.000 ERROR Trainer run=one job=topk ends\n",
                StandardOpenOption.APPEND);
        assertThat(lines(log.poll())).singleElement().asString().endsWith("topk ends");
        Files.writeString(file, "\tat the trace\n", StandardOpenOption.APPEND);
        assertThat(lines(log.poll())).containsExactly("\tat the trace");

        // A log that appears later is read too.
        run.write("eval.log", "2026-11-29T10:00:08.000 WARN  Judge run=one job=topk is made anew\n");
        assertThat(lines(log.poll())).singleElement().asString().endsWith("is made anew");
    }

    @Test
    void follow_endsWhenItIsInterrupted_andPrintsWhatCameMeanwhile() throws Exception {
        SmallRun run = run();
        StringWriter followed = new StringWriter();
        PrintWriter to = new PrintWriter(followed, true);
        Thread following = Thread.ofPlatform()
                .start(() -> Unweave.execute(new String[] {"logs", run.folder().toString(), "-f", "-n", "0"}, to, to));
        String line = "2026-11-29T10:00:09.000 INFO  Trainer run=one job=topk step=30\n";
        long deadline = System.nanoTime() + 30_000_000_000L;
        // What is written before it began to follow is not shown, so it is written until one is.
        while (followed.toString().isEmpty() && System.nanoTime() < deadline) {
            Files.writeString(run.folder().resolve("unweave.log"), line, StandardOpenOption.APPEND);
            following.join(100);
        }
        following.interrupt();
        following.join(10_000);

        assertThat(following.isAlive()).isFalse();
        assertThat(followed.toString()).startsWith(line);
    }

    @Test
    void names_areWholeWords() {
        assertThat(LogEntry.names("topk has failed", "topk")).isTrue();
        assertThat(LogEntry.names("moved one/topk.", "topk")).isTrue();
        assertThat(LogEntry.names("topk-k64 has failed", "topk")).isFalse();
        assertThat(LogEntry.names("batch-topk has failed", "topk")).isFalse();
    }
}
