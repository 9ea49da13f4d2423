package org.unweave.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.model.file.Durable;
import org.unweave.model.math.State;

/** The checkpoints of one job, each in a folder named by its step. One writer at a time. */
public final class CheckpointFolder {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
    private static final Pattern STEP = Pattern.compile("\\d{9,18}");

    private final Path folder;

    public CheckpointFolder(Path folder) {
        this.folder = folder;
    }

    /** Where the checkpoint of a step lies. */
    public Path at(long step) {
        return folder.resolve(String.format(Locale.ROOT, "%09d", step));
    }

    /** Writes a checkpoint and returns when it is on the disk. */
    public Checkpoint write(Manifest manifest, String runConfig, State state) {
        return write(manifest, runConfig, state, () -> {});
    }

    /**
     * The same.
     *
     * @param mayName called when all is written, before the checkpoint gets its name; what it throws is let through, and
     *     there is no checkpoint
     */
    public Checkpoint write(Manifest manifest, String runConfig, State state, Runnable mayName) {
        return Checkpoint.write(at(manifest.step()), manifest, runConfig, state, mayName);
    }

    /**
     * Writes a checkpoint of the state of another job's.
     *
     * @param manifest with the step of that one
     */
    public Checkpoint copy(Checkpoint from, Manifest manifest, String runConfig) {
        return Checkpoint.copy(from, at(manifest.step()), manifest, runConfig);
    }

    /** The steps of which there is a checkpoint, rising. */
    public List<Long> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> STEP.matcher(name).matches())
                    .map(Long::valueOf)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new CheckpointException(folder + " cannot be read (" + e + ")", e);
        }
    }

    /** A checkpoint with its state, which the caller closes. */
    public record Loaded(Checkpoint checkpoint, State state) {}

    /**
     * The newest checkpoint whose checksum is right. Damaged ones are passed over, and named in the log.
     *
     * @throws OtherVersionException if one is of another format version: it is whole, and a job that began anew beside it
     *     would remove it
     */
    public Optional<Loaded> newest() {
        for (long step : steps().reversed()) {
            try {
                Checkpoint checkpoint = Checkpoint.open(at(step));
                return Optional.of(new Loaded(checkpoint, checkpoint.readState()));
            } catch (OtherVersionException e) {
                throw e;
            } catch (CheckpointException e) {
                LOG.warn("the checkpoint of step {} is passed over: {}", step, e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Removes what a kill left half done, and all but the newest {@code keep} checkpoints and those of {@code pinned}. */
    public void prune(int keep, Set<Long> pinned) {
        List<Long> steps = steps();
        try {
            for (long step : steps.subList(0, Math.max(0, steps.size() - keep))) {
                if (!pinned.contains(step)) {
                    Durable.deleteRecursively(at(step));
                }
            }
            removeUnfinished();
        } catch (IOException e) {
            LOG.warn("old checkpoints in {} could not be removed: {}", folder, e.toString());
        }
    }

    /** Removes what is written aside and has no name yet: whoever writes it finds that it is gone. */
    public void removeUnfinished() throws IOException {
        for (Path leftover : leftovers()) {
            Durable.deleteRecursively(leftover);
        }
    }

    private List<Path> leftovers() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Durable::isAside)
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }
}
