package org.unweave.eval.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The runs of a folder, each read as little as its line needs: no metrics but their end, no details of evaluations. */
public final class RunSummaries {
    private RunSummaries() {}

    /**
     * The runs in a folder, those begun last first; those of which nobody knows when they began stand at the end.
     *
     * @throws RunFolderException if there is no such folder
     */
    public static List<RunSummary> of(Path runs) {
        if (!Files.isDirectory(runs)) {
            throw new RunFolderException(
                    "there is no folder " + runs + ": go to where the runs are, or name their folder by --runs");
        }
        try (Stream<Path> entries = Files.list(runs)) {
            return entries.filter(RunSummaries::mayBeRun).toList().parallelStream()
                    .map(folder -> new RunSummaryReader(folder).read())
                    .sorted(NEWEST_FIRST)
                    .toList();
        } catch (IOException failure) {
            throw new RunFolderException(runs + " cannot be listed: " + failure.getMessage(), failure);
        }
    }

    private static final Comparator<RunSummary> NEWEST_FIRST = Comparator.comparing(
                    RunSummary::started, Comparator.nullsLast(Comparator.reverseOrder()))
            .thenComparing(RunSummary::name, RunFiles.NATURAL_ORDER);

    /** Every folder in sight, so that one whose files are gone is not passed over in silence. */
    private static boolean mayBeRun(Path entry) {
        return Files.isDirectory(entry) && !entry.getFileName().toString().startsWith(".");
    }
}
