package org.unweave.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.unweave.config.JobConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.file.Durable;

/**
 * Where a job comes from that began with another's checkpoint.
 *
 * @param parent the other job of its run
 * @param step of the checkpoint
 * @param sha256 of the checkpoint's state
 */
public record JobFork(String parent, long step, String sha256) {
    private static final String FILE = "fork.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Makes the folder of a job with another's checkpoint as its first. When this returns it is on the disk, and that the
     * other job removes its own does no harm.
     *
     * @param child of the same shape; its name is the new job's
     * @param runConfig of the run with the new job
     * @throws IllegalArgumentException if there is a folder of that name in which a job was trained
     */
    public static void make(Path runFolder, Checkpoint from, JobConfig child, String runConfig) {
        JobFolder folder = new JobFolder(runFolder, child.name());
        folder.requireUnused();
        Manifest manifest = from.manifest();
        JobFork fork = new JobFork(manifest.job().name(), manifest.step(), manifest.stateSha256());
        try {
            Durable.deleteRecursively(folder.path()); // Of a fork that nobody heard of any more.
            ObjectNode json = JSON.createObjectNode();
            json.put("parent", fork.parent);
            json.put("step", fork.step);
            json.put("sha256", fork.sha256);
            Durable.write(folder.path().resolve(FILE), json.toPrettyString() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(folder.path() + " cannot be made (" + e + ")", e);
        }
        Map<String, String> provenance = new TreeMap<>(manifest.provenance());
        provenance.putAll(fork.provenance());
        folder.checkpoints()
                .copy(
                        from,
                        new Manifest(
                                Manifest.VERSION,
                                child,
                                manifest.step(),
                                0,
                                manifest.width(),
                                manifest.steps(),
                                manifest.batchRows(),
                                manifest.inputScale(),
                                "",
                                "",
                                0,
                                provenance),
                        runConfig);
    }

    /** Where the job of a folder comes from; nothing where it began by itself. */
    public static Optional<JobFork> of(JobFolder folder) {
        Path file = folder.path().resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            return Optional.of(new JobFork(
                    json.path("parent").asText(),
                    json.path("step").asLong(),
                    json.path("sha256").asText()));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** What its checkpoints say of it. */
    Map<String, String> provenance() {
        return Map.of("parent_job", parent, "parent_step", Long.toString(step), "parent_sha256", sha256);
    }
}
