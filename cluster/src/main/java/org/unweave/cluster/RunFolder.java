package org.unweave.cluster;

import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.file.Durable;

/** A run's folder while a process works in it: nobody else may, until it is closed. */
public final class RunFolder implements AutoCloseable {
    /** Where a run is looked for by its name. */
    public static final Path RUNS = Path.of("runs");

    static final String CONFIG = "run.conf";
    private static final String LOCK = ".lock";
    // What may differ when a run goes on: it changes neither what was learnt nor how it is judged.
    private static final Set<String> MAY_CHANGE = Set.of(
            "cache",
            "disk-budget",
            "model.threads",
            "train.window-batches",
            "train.slice",
            "train.keep",
            "slots.cpu",
            "slots.evaluators",
            "slots.cuda",
            "supervision.min-backoff",
            "supervision.max-backoff",
            "supervision.max-restarts",
            "hooks.on",
            "hooks.command",
            "hooks.webhook",
            "hooks.timeout");

    private final Path folder;
    private final FileChannel lockFile;

    private RunFolder(Path folder, FileChannel lockFile) {
        this.folder = folder;
        this.lockFile = lockFile;
    }

    /** Makes the folder of a new run, with its config. Where that is refused, nothing is left behind. */
    public static RunFolder create(RunConfig config) {
        Path folder = config.folder();
        requireNew(config);
        requireBudget(config);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw cannotBeMade(config, e);
        }
        RunFolder created = lock(folder);
        try {
            requireNew(config); // Another process may have been quicker.
            created.requireSpace(config);
            Durable.write(folder.resolve(CONFIG), ConfigReader.render(config));
            return created;
        } catch (IOException e) {
            created.discard(e);
            throw cannotBeMade(config, e);
        } catch (RuntimeException e) {
            created.discard(e);
            throw e;
        }
    }

    private static RunException cannotBeMade(RunConfig config, IOException e) {
        return new RunException(
                "the folder " + config.folder() + " cannot be made (" + e + "); make " + config.runsFolder()
                        + " writable, or choose another by --set runs-folder=...",
                e);
    }

    /** A process that was killed before it wrote the config leaves a folder with nothing in it but hidden files. */
    private static void requireNew(RunConfig config) {
        Path folder = config.folder();
        if (!Files.exists(folder)) {
            return;
        }
        boolean begun = true;
        if (Files.isDirectory(folder)) {
            try (Stream<Path> entries = Files.list(folder)) {
                begun = entries.anyMatch(
                        entry -> !String.valueOf(entry.getFileName()).startsWith("."));
            } catch (IOException e) {
                throw cannotBeMade(config, e);
            }
        }
        if (begun) {
            throw new RunException(
                    "there is a run named " + config.name() + " in " + folder + " already; go on with it by --resume "
                            + resumeName(config) + ", or choose another name by --set name=...");
        }
    }

    /** What {@code --resume} takes to go on with a run. */
    public static String resumeName(RunConfig config) {
        return config.runsFolder().equals(RUNS)
                ? config.name()
                : config.folder().toString();
    }

    private void discard(Exception reason) {
        try {
            Files.deleteIfExists(folder.resolve(LOCK));
            lockFile.close();
            try (Stream<Path> entries = Files.list(folder)) {
                if (entries.findAny().isPresent()) {
                    return;
                }
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** The config of a run that was begun, by its name or its folder, with overrides of {@code key=value}. */
    public static RunConfig configOf(String run, Path runsFolder, List<String> overrides) {
        Path named = runsFolder.resolve(run);
        Path folder = Files.exists(named) ? named : Path.of(run);
        Path file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new RunException("there is no run named " + run + ": " + file + " is missing; name a folder of "
                    + runsFolder + ", or give the path of a run's folder");
        }
        List<String> all = new ArrayList<>(whereItIs(ConfigReader.readResolved(file), folder));
        all.addAll(overrides);
        return ConfigReader.readResolved(file, all);
    }

    /** A run that was moved, or is named from another working folder, goes on where it is. */
    private static List<String> whereItIs(RunConfig written, Path folder) {
        Path actual = folder.toAbsolutePath().normalize();
        if (written.folder().toAbsolutePath().normalize().equals(actual)) {
            return List.of();
        }
        if (!written.name().equals(String.valueOf(actual.getFileName()))) {
            throw new RunException(folder + " is the folder of a run named " + written.name()
                    + "; give the folder that name again to go on");
        }
        return List.of("runs-folder=" + ConfigUtil.quoteString(String.valueOf(actual.getParent())));
    }

    /** Opens the folder of a run to go on with it. The config may differ only in what does not change the past. */
    public static RunFolder resume(RunConfig before, RunConfig now) {
        List<String> refused = ConfigReader.differences(before, now).stream()
                .filter(difference -> !MAY_CHANGE.contains(difference.substring(0, difference.indexOf(':'))))
                .filter(difference -> !isAddition(difference, before, now))
                .toList();
        if (!refused.isEmpty()) {
            throw new RunException("a run goes on as it was begun, so these cannot change:\n  "
                    + String.join("\n  ", refused) + "\nbegin another run, with another name");
        }
        requireBudget(now);
        RunFolder folder = lock(before.folder());
        try {
            folder.requireSpace(now);
            // What was changed this time holds the next time too.
            Durable.write(folder.path().resolve(CONFIG), ConfigReader.render(now));
            return folder;
        } catch (IOException e) {
            folder.close();
            throw new RunException(before.folder() + " cannot be written (" + e + "); make it writable", e);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    // The supervisor knows of a job that was added before this file does.
    private static boolean isAddition(String difference, RunConfig before, RunConfig now) {
        Set<String> added = new HashSet<>(now.added());
        before.added().forEach(added::remove);
        before.jobs().forEach(job -> added.remove(job.name()));
        return !added.isEmpty() && difference.startsWith("added: ")
                || added.stream().anyMatch(name -> difference.equals("jobs." + name + ": is new"));
    }

    /**
     * Refuses a run with one job more than now, its last, for which there is no room.
     *
     * @throws RunException which says what to do about it
     */
    void requireRoomFor(RunConfig amended) {
        requireBudget(amended);
        requireSpace(needed(amended, List.of(amended.jobs().getLast())));
    }

    /** Puts the config of the run with a job more in place of that in the folder. */
    void amend(RunConfig amended) {
        try {
            Durable.write(folder.resolve(CONFIG), ConfigReader.render(amended));
        } catch (IOException e) {
            throw new RunException(folder + " cannot be written (" + e + "); make it writable", e);
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

    private static long needed(RunConfig config) {
        return needed(config, config.jobs());
    }

    private static long needed(RunConfig config, List<JobConfig> jobs) {
        long kept = config.train().keep() + config.train().evaluateAt().size() + 1L;
        return jobs.stream().mapToLong(job -> kept * checkpointBytes(job)).sum();
    }

    private static void requireBudget(RunConfig config) {
        long needed = needed(config);
        if (needed > config.diskBudgetBytes()) {
            throw new RunException("the checkpoints of this run would take about " + megabytes(needed)
                    + ", more than disk-budget, which is " + megabytes(config.diskBudgetBytes())
                    + "; raise it, lower train.keep, or train fewer jobs");
        }
    }

    private void requireSpace(RunConfig config) {
        requireSpace(needed(config));
    }

    private void requireSpace(long needed) {
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
