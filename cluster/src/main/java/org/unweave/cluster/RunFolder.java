package org.unweave.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.Durable;

/** A run's folder while a process works in it: nobody else may, until it is closed. */
public final class RunFolder implements AutoCloseable {
    private static final String CONFIG = "run.conf";
    private static final String LOCK = ".lock";
    // What may differ when a run goes on: it changes neither what was learnt nor how it is judged.
    private static final Set<String> MAY_CHANGE = Set.of(
            "runs-folder",
            "cache",
            "disk-budget",
            "model.threads",
            "train.window-batches",
            "train.slice",
            "train.keep",
            "slots.cpu",
            "slots.evaluators",
            "supervision.min-backoff",
            "supervision.max-backoff",
            "supervision.max-restarts");

    private final Path folder;
    private final FileChannel lockFile;

    private RunFolder(Path folder, FileChannel lockFile) {
        this.folder = folder;
        this.lockFile = lockFile;
    }

    /** Makes the folder of a new run, with its config. */
    public static RunFolder create(RunConfig config) {
        Path folder = config.folder();
        if (Files.exists(folder)) {
            throw new RunException(
                    "there is a run named " + config.name() + " in " + folder + " already; go on with it by --resume "
                            + config.name() + ", or choose another name by --set name=...");
        }
        try {
            Files.createDirectories(folder);
            RunFolder created = lock(folder);
            created.checkSpace(config);
            Durable.write(folder.resolve(CONFIG), ConfigReader.render(config));
            return created;
        } catch (IOException e) {
            throw new RunException(
                    "the folder " + folder + " cannot be made (" + e + "); make " + config.runsFolder()
                            + " writable, or choose another by --set runs-folder=...",
                    e);
        }
    }

    /** The config of a run that was begun, by its name or its folder, with overrides of {@code key=value}. */
    public static RunConfig configOf(String run, Path runsFolder, List<String> overrides) {
        Path named = runsFolder.resolve(run);
        Path file = (Files.exists(named) ? named : Path.of(run)).resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new RunException("there is no run named " + run + ": " + file + " is missing");
        }
        return ConfigReader.readResolved(file, overrides);
    }

    /** Opens the folder of a run to go on with it. The config may differ only in what does not change the past. */
    public static RunFolder resume(RunConfig before, RunConfig now) {
        List<String> refused = ConfigReader.differences(before, now).stream()
                .filter(difference -> !MAY_CHANGE.contains(difference.substring(0, difference.indexOf(':'))))
                .toList();
        if (!refused.isEmpty()) {
            throw new RunException("a run goes on as it was begun, so these cannot change:\n  "
                    + String.join("\n  ", refused) + "\nbegin another run, with another name");
        }
        RunFolder folder = lock(before.folder());
        try {
            folder.checkSpace(now);
            return folder;
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static RunFolder lock(Path folder) {
        try {
            FileChannel channel =
                    FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                throw new RunException("another process works in " + folder + "; wait for it or stop it first");
            }
            return new RunFolder(folder, channel);
        } catch (IOException e) {
            throw new RunException(folder + " cannot be written (" + e + "); make it writable", e);
        }
    }

    private void checkSpace(RunConfig config) {
        long needed = 0;
        for (JobConfig job : config.jobs()) {
            int kept = config.train().keep() + config.train().evaluateAt().size() + 1;
            needed += kept * checkpointBytes(job);
        }
        if (needed > config.diskBudgetBytes()) {
            throw new RunException("the checkpoints of this run would take about " + megabytes(needed)
                    + ", more than disk-budget, which is " + megabytes(config.diskBudgetBytes())
                    + "; raise it, lower train.keep, or train fewer jobs");
        }
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (needed > free) {
                throw new RunException("the checkpoints of this run would take about " + megabytes(needed) + ", and "
                        + folder + " has only " + megabytes(free) + " left; free space, lower train.keep, or choose"
                        + " another runs-folder");
            }
        } catch (IOException e) {
            throw new RunException("the free space of " + folder + " cannot be found out (" + e + ")", e);
        }
    }

    // Weights and two moments; widths are not known before the model is, so a wide one is assumed.
    private static long checkpointBytes(JobConfig job) {
        long width = 1024;
        return 3L * Float.BYTES * (2L * job.features() * width + job.features() + width)
                + 3L * Long.BYTES * job.features();
    }

    private static String megabytes(long bytes) {
        return Math.ceilDiv(bytes, 1_000_000) + " MB";
    }

    public Path path() {
        return folder;
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new RunException("the lock of " + folder + " cannot be given back (" + e + ")", e);
        }
    }
}
