package org.unweave.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointFolder;

/** Finds the checkpoint that a person names. */
final class CheckpointLookup {
    static final String CHECKPOINTS = "checkpoints";
    static final String JOBS = "jobs";

    private CheckpointLookup() {}

    /** A checkpoint's folder; a job's, for its newest checkpoint; or RUN/JOB, RUN being a run's name or folder. */
    static Checkpoint find(String named) {
        Path path = Path.of(named);
        if (Files.isRegularFile(path.resolve(Checkpoint.MANIFEST))) {
            return Checkpoint.open(path);
        }
        return jobFolder(path)
                .map(CheckpointLookup::newest)
                .orElseThrow(() -> new RunException("there is no checkpoint at " + named
                        + "; give a checkpoint's folder, a job's folder, or RUN/JOB, as in "
                        + RunFolder.RUNS.resolve("RUN").resolve(JOBS).resolve("JOB")));
    }

    /** The job folder that a checkpoint lies in, if it lies in one. */
    static Optional<Path> jobOf(Checkpoint checkpoint) {
        Path checkpoints = checkpoint.folder().toAbsolutePath().normalize().getParent();
        if (checkpoints == null || !checkpoints.endsWith(CHECKPOINTS)) {
            return Optional.empty();
        }
        return Optional.ofNullable(checkpoints.getParent());
    }

    private static Optional<Path> jobFolder(Path path) {
        if (Files.isDirectory(path.resolve(CHECKPOINTS))) {
            return Optional.of(path);
        }
        Path run = path.getParent();
        Path job = path.getFileName();
        if (run == null || job == null) {
            return Optional.empty();
        }
        for (Path folder : new Path[] {RunFolder.RUNS.resolve(run), run}) {
            Path found = folder.resolve(JOBS).resolve(job);
            if (Files.isDirectory(found.resolve(CHECKPOINTS))) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    private static Checkpoint newest(Path job) {
        return whole(job)
                .orElseThrow(() -> new RunException("there is no whole checkpoint in " + job.resolve(CHECKPOINTS)
                        + "; wait until the job has written one, or name another job"));
    }

    /** The newest checkpoint of a job's folder that is not damaged. */
    static Optional<Checkpoint> whole(Path job) {
        return new CheckpointFolder(job.resolve(CHECKPOINTS)).newest().map(newest -> {
            newest.state().close();
            return newest.checkpoint();
        });
    }
}
