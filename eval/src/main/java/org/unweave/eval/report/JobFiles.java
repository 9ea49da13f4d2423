package org.unweave.eval.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.report.MetricsLine.Split;

/**
 * What a job's folder holds.
 *
 * @param metrics lines in the order of steps within each split; a resumed job's repeated steps stand once
 * @param features null before the first checkpoint
 */
public record JobFiles(
        String name,
        JobState state,
        List<MetricsLine> metrics,
        @Nullable FeatureStatistics features) {

    public JobFiles {
        metrics = List.copyOf(metrics);
    }

    /** Where a job's files are within its run. */
    static String path(String job) {
        return "jobs/" + job + "/";
    }

    public List<MetricsLine> lines(Split split) {
        return metrics.stream().filter(line -> line.split() == split).toList();
    }

    public @Nullable MetricsLine newest(Split split) {
        List<MetricsLine> lines = lines(split);
        return lines.isEmpty() ? null : lines.getLast();
    }
}
