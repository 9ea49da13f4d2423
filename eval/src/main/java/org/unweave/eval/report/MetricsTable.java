package org.unweave.eval.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.unweave.eval.report.MetricsLine.Split;

/**
 * The metrics of a run's jobs as one table in the long form, a row a number: variants have different loss terms, so a
 * column for each would be mostly empty. What a line does not have has no row; what a resumed job wrote twice stands once.
 *
 * @param rows by job, split and step
 * @param problems one sentence for every file or line that could not be used
 */
public record MetricsTable(List<Row> rows, List<String> problems) {
    /** The columns, in the order of {@link Row}. */
    public static final List<String> COLUMNS =
            List.of("run", "job", "variant", "split", "step", "rows", "wall_s", "metric", "value");

    /**
     * One number.
     *
     * @param split {@code train} or {@code held-out}
     * @param rows activation rows seen until then
     * @param wallSeconds seconds that the job had trained
     * @param metric {@code loss}, {@code l0}, {@code variance_explained}, {@code dead_share}, {@code lr},
     *     {@code rows_per_second}; {@code term.NAME}, {@code gradient_share.NAME}, {@code curve.NAME}
     */
    public record Row(
            String run,
            String job,
            String variant,
            String split,
            long step,
            long rows,
            double wallSeconds,
            String metric,
            double value) {}

    public MetricsTable {
        rows = List.copyOf(rows);
        problems = List.copyOf(problems);
    }

    /**
     * @param job the job's name; empty for all
     * @throws RunFolderException if the folder is none of a run, or has no such job
     */
    public static MetricsTable of(Path runFolder, String job) {
        RunFiles run = RunFiles.read(runFolder);
        List<JobFiles> jobs = job.isEmpty() ? run.jobs() : List.of(run.requireJob(job));
        List<Row> rows = new ArrayList<>();
        for (JobFiles one : jobs) {
            for (MetricsLine line : one.metrics()) {
                add(run.name(), one, line, rows);
            }
        }
        // Those of evaluations are no matter of the metrics.
        List<String> problems = run.problems().stream()
                .filter(problem -> problem.contains("metrics.jsonl"))
                .filter(problem -> job.isEmpty() || problem.startsWith(JobFiles.path(job)))
                .toList();
        return new MetricsTable(rows, problems);
    }

    private static void add(String run, JobFiles job, MetricsLine line, List<Row> rows) {
        add(run, job, line, "loss", line.loss(), rows);
        add(run, job, line, "term.", line.terms(), rows);
        add(run, job, line, "gradient_share.", line.termGradientShare(), rows);
        add(run, job, line, "curve.", line.curves(), rows);
        add(run, job, line, "l0", line.l0(), rows);
        add(run, job, line, "variance_explained", line.varianceExplained(), rows);
        add(run, job, line, "dead_share", line.deadShare(), rows);
        add(run, job, line, "lr", line.learningRate(), rows);
        add(run, job, line, "rows_per_second", line.rowsPerSecond(), rows);
    }

    private static void add(
            String run, JobFiles job, MetricsLine line, String prefix, Map<String, Double> values, List<Row> rows) {
        values.forEach((name, value) -> add(run, job, line, prefix + name, value, rows));
    }

    private static void add(String run, JobFiles job, MetricsLine line, String metric, double value, List<Row> rows) {
        if (!Double.isNaN(value)) {
            rows.add(new Row(
                    run,
                    job.name(),
                    job.state().variant(),
                    line.split() == Split.TRAIN ? "train" : "held-out",
                    line.step(),
                    line.rows(),
                    line.wallSeconds(),
                    metric,
                    value));
        }
    }
}
