package org.unweave.model.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unweave.config.JobConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.file.Durable;

/** The files of one job: its metrics, its checkpoints, what its latents do, and how it stands. */
public final class JobFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    /** The folder of a job inside its run's folder. */
    public JobFolder(Path runFolder, String job) {
        this.folder = runFolder.resolve("jobs").resolve(job);
    }

    public Path path() {
        return folder;
    }

    public CheckpointFolder checkpoints() {
        return new CheckpointFolder(folder.resolve("checkpoints"));
    }

    Path placements() {
        return folder.resolve("placements");
    }

    /** The number of the next placement: above those that have worked on the job. */
    public int nextEpoch() {
        int epoch = WriterEpoch.newest(placements()) + 1;
        CheckpointFolder checkpoints = checkpoints();
        for (long step : checkpoints.steps()) {
            try {
                epoch = Math.max(
                        epoch, Checkpoint.open(checkpoints.at(step)).manifest().epoch() + 1);
            } catch (CheckpointException damaged) {
                // Its epoch is not known; who opens the job passes it over and says so.
                continue;
            }
        }
        return epoch;
    }

    /** Has the checkpoint of a step stay, for whoever is to judge it. */
    public void keep(long step) {
        Path kept = kept().resolve(String.format(Locale.ROOT, "%09d", step));
        try {
            Files.createDirectories(kept());
            if (!Files.exists(kept)) {
                Files.createFile(kept);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(kept + " cannot be written", e);
        }
    }

    private Path kept() {
        return folder.resolve("kept");
    }

    /** The steps of the checkpoints that are to stay. */
    Set<Long> keptSteps() {
        if (!Files.isDirectory(kept())) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(kept())) {
            return files.map(file -> Long.valueOf(String.valueOf(file.getFileName())))
                    .collect(Collectors.toSet());
        } catch (IOException | NumberFormatException e) {
            throw new IllegalStateException(kept() + " cannot be read; remove what is no step in it", e);
        }
    }

    /**
     * Refuses a folder that has a job already.
     *
     * @throws IllegalArgumentException if a job was trained in it
     */
    public void requireUnused() {
        boolean forked = JobFork.of(this).isPresent() && WriterEpoch.newest(placements()) < 0;
        if (!forked && Files.exists(folder)) {
            throw new IllegalArgumentException(
                    "there is a folder " + folder + " already; give the new job another name, or move it away");
        }
    }

    /** As {@link #requireUnused}, and takes away what a fork left that nobody heard of. */
    public void clearUnused() {
        requireUnused();
        try {
            Durable.deleteRecursively(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot take away " + folder, e);
        }
    }

    public Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    /** What the job has told the others of the run. */
    public Path told() {
        return folder.resolve("told.jsonl");
    }

    private Path changesFile() {
        return folder.resolve("changes.jsonl");
    }

    /**
     * The changes that the job has taken, in order.
     *
     * @throws UncheckedIOException if the file cannot be read, or is damaged
     */
    public List<JobChange> changes() {
        Path file = changesFile();
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file).stream().map(JobChange::of).toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        } catch (IllegalArgumentException e) {
            throw new UncheckedIOException(new IOException(file + " " + e.getMessage(), e));
        }
    }

    /** @param mayName called before the file gets its name; what it throws is let through, and the file is as it was */
    void writeChanges(List<JobChange> changes, Runnable mayName) {
        StringBuilder lines = new StringBuilder();
        changes.forEach(change -> lines.append(change.line()).append('\n'));
        try {
            Durable.write(changesFile(), lines.toString().getBytes(StandardCharsets.UTF_8), mayName);
        } catch (IOException e) {
            throw new UncheckedIOException(changesFile() + " cannot be written", e);
        }
    }

    private Path features() {
        return folder.resolve("features.json");
    }

    /** Removes what an earlier placement has written and not named yet. */
    void removeUnfinished() {
        try {
            checkpoints().removeUnfinished();
            Durable.removeAside(features());
            Durable.removeAside(changesFile());
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be written", e);
        }
    }

    /**
     * How often each latent fired per row, up to this step.
     *
     * @param mayName called before the file gets its name; what it throws is let through, and the file is as it was
     */
    void writeFeatures(JobConfig job, int width, long step, double[] density, Runnable mayName) {
        ObjectNode json = JSON.createObjectNode();
        json.put("variant", job.variant());
        json.put("features", job.features());
        json.put("d_in", width);
        json.put("step", step);
        ArrayNode values = json.putArray("density");
        for (double value : density) {
            values.add((float) value);
        }
        write(features(), json, mayName);
    }

    /**
     * How a job stands.
     *
     * @param state {@code running}, {@code paused}, {@code restarting}, {@code done}, {@code failed} or {@code stopped}
     * @param targetL0 the L0 that the job is to reach
     * @param set what was set while it trained, {@code k=64@120} from update 120 on, {@code k=64@?} where it is yet to be
     *     taken; the newest of each key, empty where there is none
     * @param reason why it failed, or was restarted last; empty if it never was
     */
    public record Standing(
            String job,
            String variant,
            String state,
            long step,
            long steps,
            double targetL0,
            double seconds,
            double rowsPerSecond,
            int restarts,
            String set,
            String reason) {}

    public void write(Standing standing) {
        ObjectNode json = JSON.createObjectNode();
        json.put("job", standing.job());
        json.put("variant", standing.variant());
        json.put("state", standing.state());
        json.put("step", standing.step());
        json.put("steps", standing.steps());
        json.put("target_l0", standing.targetL0());
        json.put("seconds", standing.seconds());
        json.put("rows_per_second", standing.rowsPerSecond());
        json.put("restarts", standing.restarts());
        json.put("set", standing.set());
        json.put("reason", standing.reason());
        write(folder.resolve("state.json"), json, () -> {});
    }

    private static void write(Path file, ObjectNode json, Runnable mayName) {
        try {
            Durable.write(file, (JSON.writeValueAsString(json) + "\n").getBytes(StandardCharsets.UTF_8), mayName);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}
