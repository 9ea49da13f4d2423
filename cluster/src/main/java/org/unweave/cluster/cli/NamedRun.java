package org.unweave.cluster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.unweave.cluster.RunFolder;
import org.unweave.eval.report.RunFolderException;

/**
 * A run that a person names, or one job of it.
 *
 * @param named as the person wrote it
 * @param folder the run's
 * @param job empty for all of the run
 */
record NamedRun(String named, Path folder, String job) {
    private static final String JOBS = "jobs";

    /**
     * A run's name or folder, or {@code RUN/JOB}.
     *
     * @throws RunFolderException if there is none
     */
    static NamedRun of(String named) {
        return of(named, RunFolder.RUNS);
    }

    /** The same, names being looked for in another folder of runs. */
    static NamedRun of(String named, Path runs) {
        for (Path folder : new Path[] {runs.resolve(named), Path.of(named)}) {
            if (isRun(folder)) {
                return new NamedRun(named, folder, "");
            }
        }
        Path path = Path.of(named);
        Path run = path.getParent();
        if (run != null) {
            Path before = run.endsWith(JOBS) ? run.getParent() : run;
            for (Path folder : before == null ? new Path[0] : new Path[] {runs.resolve(before), before}) {
                if (isRun(folder)) {
                    return ofJob(named, folder, String.valueOf(path.getFileName()));
                }
            }
        }
        throw new RunFolderException("there is no run " + named + "; give the name of a folder in "
                + runs.toAbsolutePath().normalize() + ", the path of a run's folder, or RUN/JOB (bin/unweave runs lists"
                + " what is there)");
    }

    private static NamedRun ofJob(String named, Path folder, String job) {
        if (!Files.isDirectory(folder.resolve(JOBS).resolve(job))) {
            throw new RunFolderException(
                    "the run " + folder.toAbsolutePath().normalize().getFileName() + " has no job named " + job + " in "
                            + folder.resolve(JOBS));
        }
        return new NamedRun(named, folder, job);
    }

    private static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve("run.conf"))
                || Files.isDirectory(folder.resolve(JOBS))
                || Files.isDirectory(folder.resolve("evals"));
    }
}
