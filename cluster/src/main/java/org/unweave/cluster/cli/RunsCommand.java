package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.RunFolder;
import org.unweave.eval.report.RunSummaries;
import org.unweave.eval.report.RunSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unweave runs}: the runs of a folder, a line each. */
@Command(
        name = "runs",
        description = {
            "Lists the runs of a folder: what has become of each, and its best SAE.",
            "var.expl., CE: the best of the jobs' newest core results, controls left out."
        },
        mixinStandardHelpOptions = true)
final class RunsCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

    /** What the list can be sorted by. */
    enum Order {
        STARTED,
        NAME,
        STATE,
        EXPLAINED,
        RECOVERED,
        DISK;

        /** The least name first; of times, scores and sizes the greatest. */
        List<RunSummary> sorted(List<RunSummary> runs) {
            return switch (this) {
                case STARTED -> runs; // As they come.
                case NAME -> by(runs, Comparator.comparing(RunSummary::name));
                case STATE -> by(runs, Comparator.comparing(RunSummary::state));
                case EXPLAINED -> by(runs, Comparator.comparingDouble(run -> -known(run.varianceExplained())));
                case RECOVERED -> by(runs, Comparator.comparingDouble(run -> -known(run.crossEntropyRecovered())));
                case DISK -> by(runs, Comparator.comparingLong(run -> -run.bytes()));
            };
        }

        private static double known(double score) {
            return Double.isNaN(score) ? Double.NEGATIVE_INFINITY : score;
        }

        private static List<RunSummary> by(List<RunSummary> runs, Comparator<RunSummary> order) {
            return runs.stream().sorted(order).toList();
        }
    }

    private final Console console;

    @Option(names = "--runs", paramLabel = "DIR", description = "The folder of the runs; without it, runs.")
    private Path runs = RunFolder.RUNS;

    @Option(
            names = "--sort",
            paramLabel = "BY",
            description = "started (newest first, the default), name, state, explained, recovered or disk.")
    private Order order = Order.STARTED;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    RunsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<RunSummary> found = order.sorted(RunSummaries.of(runs));
        if (json) {
            console.out().println(json(found).toPrettyString());
        } else if (found.isEmpty()) {
            console.out().println("no runs in " + runs.toAbsolutePath().normalize());
        } else {
            print(found);
        }
        return ExitCode.DONE;
    }

    private void print(List<RunSummary> found) {
        int names = found.stream().mapToInt(run -> run.name().length()).max().orElse(3);
        int presets = Math.max(
                6, found.stream().mapToInt(run -> run.preset().length()).max().orElse(6));
        String format = "%-" + Math.max(3, names) + "s  %-11s  %-" + presets + "s  %7s  %-16s  %7s  %9s  %6s  %8s%s";
        line(format, "run", "state", "preset", "jobs", "started", "took", "var.expl.", "CE", "disk", "");
        for (RunSummary run : found) {
            Instant started = run.started();
            line(
                    format,
                    run.name(),
                    run.state().word(),
                    run.preset().isEmpty() ? "-" : run.preset(),
                    run.done() + "/" + run.jobs(),
                    started == null ? "-" : TIME.format(started.atZone(ZoneId.systemDefault())),
                    took(started, run.ended()),
                    score(run.varianceExplained()),
                    score(run.crossEntropyRecovered()),
                    size(run.bytes()),
                    remark(run));
        }
    }

    private void line(String format, Object... cells) {
        console.out().println(String.format(Locale.ROOT, format, cells).stripTrailing());
    }

    private static String remark(RunSummary run) {
        String failed = run.failed() > 0 ? "  " + run.failed() + " failed" : "";
        return failed + (run.problems().isEmpty() ? "" : "  (" + String.join("; ", run.problems()) + ")");
    }

    private static String took(@Nullable Instant started, @Nullable Instant ended) {
        if (started == null || ended == null) {
            return "-";
        }
        Duration took = Duration.between(started, ended);
        return took.isNegative()
                ? "-"
                : String.format(
                        Locale.ROOT, "%d:%02d:%02d", took.toHours(), took.toMinutesPart(), took.toSecondsPart());
    }

    private static String score(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
    }

    private static String size(long bytes) {
        return bytes >= 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f GB", bytes / 1e9)
                : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static ArrayNode json(List<RunSummary> found) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (RunSummary run : found) {
            ObjectNode one = all.addObject();
            one.put("name", run.name());
            one.put("folder", run.folder().toAbsolutePath().normalize().toString());
            one.put("state", run.state().word());
            one.put("preset", run.preset());
            one.put("jobs", run.jobs());
            one.put("jobs_done", run.done());
            one.put("jobs_failed", run.failed());
            one.put("started", text(run.started()));
            one.put("ended", text(run.ended()));
            one.put("best_variance_explained", number(run.varianceExplained()));
            one.put("best_ce_recovered", number(run.crossEntropyRecovered()));
            one.put("results", run.judged());
            one.put("bytes", run.bytes());
            ArrayNode problems = one.putArray("problems");
            run.problems().forEach(problems::add);
        }
        return all;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    private static @Nullable Double number(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
