package org.unweave.model.checkpoint;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.AdversarialConfig;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.ContrastiveConfig;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.config.JobConfig.OrthogonalityConfig;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.State;

/**
 * A checkpoint that is there whole: a folder with a manifest, the run's config, and the state.
 *
 * <p>It is written to a folder beside, forced to the disk and renamed, so that a kill at any moment leaves either none or
 * the whole of it. Each file has a checksum, the manifest's own among its lines; it is compared each time the file is read.
 *
 * @param folder where it lies
 * @param manifest what it says of itself
 */
public record Checkpoint(Path folder, Manifest manifest) {
    /** The files of a checkpoint. */
    public static final String MANIFEST = "manifest.json";

    public static final String STATE = "state.safetensors";
    public static final String CONFIG = "run.conf";

    private static final String CHECKSUM = "sha256";
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /**
     * Writes a checkpoint; one that lies there already is replaced.
     *
     * @param mayName called when all is on the disk, before the checkpoint gets its name; what it throws is let through
     */
    static Checkpoint write(Path folder, Manifest manifest, String runConfig, State state, Runnable mayName) {
        Path aside = Durable.aside(folder);
        try {
            Files.createDirectories(aside);
            TensorFile.Written written = Safetensors.write(aside.resolve(STATE), state);
            Manifest whole = manifest.withFiles(
                    Sha256.of(runConfig.getBytes(StandardCharsets.UTF_8)), written.sha256(), written.bytes());
            Durable.write(aside.resolve(CONFIG), runConfig);
            Durable.write(aside.resolve(MANIFEST), JSON.writeValueAsString(checked(whole)));
            mayName.run();
            if (Files.exists(folder)) {
                Durable.renameFolder(folder, Durable.aside(folder));
            }
            Durable.renameFolder(aside, folder);
            return new Checkpoint(folder, whole);
        } catch (IOException e) {
            discard(aside, e);
            throw new CheckpointException(
                    "cannot write the checkpoint " + folder + " (" + e + "); free disk space or make the folder"
                            + " writable, the run goes on from its last checkpoint",
                    e);
        } catch (RuntimeException e) {
            discard(aside, e);
            throw e;
        }
    }

    /**
     * Writes a checkpoint of another's state, which the two have in common on the disk where the file system can.
     *
     * @param folder where there is none yet
     * @param manifest what it says of itself; of its files the checksums are filled in
     */
    static Checkpoint copy(Checkpoint from, Path folder, Manifest manifest, String runConfig) {
        Path aside = Durable.aside(folder);
        try {
            Files.createDirectories(aside);
            share(from.folder.resolve(STATE), aside.resolve(STATE));
            Manifest whole = manifest.withFiles(
                    Sha256.of(runConfig.getBytes(StandardCharsets.UTF_8)),
                    from.manifest.stateSha256(),
                    from.manifest.stateBytes());
            Durable.write(aside.resolve(CONFIG), runConfig);
            Durable.write(aside.resolve(MANIFEST), JSON.writeValueAsString(checked(whole)));
            Durable.renameFolder(aside, folder);
            return new Checkpoint(folder, whole);
        } catch (IOException e) {
            discard(aside, e);
            throw new CheckpointException("cannot write the checkpoint " + folder + " (" + e + ")", e);
        }
    }

    private static void share(Path file, Path as) throws IOException {
        try {
            Files.createLink(as, file);
        } catch (UnsupportedOperationException | IOException withoutLinks) {
            Files.copy(file, as);
            try (FileChannel channel = FileChannel.open(as, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
    }

    private static void discard(Path aside, Exception cause) {
        try {
            Durable.deleteRecursively(aside);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static JsonNode checked(Manifest manifest) throws IOException {
        ObjectNode tree = JSON.valueToTree(manifest);
        return tree.put(CHECKSUM, checksum(tree));
    }

    // Of the tree and not of the file: how it is laid out says nothing.
    private static String checksum(ObjectNode tree) throws IOException {
        return Sha256.of(
                JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(tree));
    }

    /** Opens a checkpoint by its manifest. The state is not looked at yet. */
    public static Checkpoint open(Path folder) {
        Path file = folder.resolve(MANIFEST);
        try {
            JsonNode read = JSON.readTree(file.toFile());
            if (!(read instanceof ObjectNode tree)) {
                throw new CheckpointException(file + " is no manifest; it is damaged, use another checkpoint");
            }
            JsonNode expected = tree.remove(CHECKSUM);
            if (expected != null) {
                requireSame(file, checksum(tree), expected.asText());
            }
            int version = tree.path("version").asInt(-1);
            if (version < Manifest.WITHOUT_CHECKSUMS || version > Manifest.VERSION) {
                throw new OtherVersionException(file, version);
            }
            if (version == Manifest.WITHOUT_CHECKSUMS) {
                tree.put("configSha256", "");
            } else if (expected == null) {
                throw new CheckpointException(file + " has no checksum; it is damaged, use another checkpoint");
            }
            if (version <= Manifest.WITHOUT_LABELLED_TERMS && tree.get("job") instanceof ObjectNode job) {
                completeJob(job);
            }
            Checkpoint checkpoint = new Checkpoint(folder, JSON.treeToValue(tree, Manifest.class));
            checkpoint.runConfig();
            return checkpoint;
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(
                    file + " cannot be read (" + e.getMessage() + "); it is damaged or no checkpoint, use another", e);
        }
    }

    // A job of before had none of these.
    private static void completeJob(ObjectNode job) {
        job.put("activation", ActivationKind.AUTO.name());
        if (job.get("similarity") instanceof ObjectNode similarity) {
            similarity.put("source", MarginSource.OWN.name());
        }
        job.set(
                "attribution",
                JSON.valueToTree(new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001)));
        job.set("adversarial", JSON.valueToTree(new AdversarialConfig(0, 0.1, AdversarialConfig.Scope.ALL)));
        job.set("orthogonality", JSON.valueToTree(new OrthogonalityConfig(0, 256)));
        job.set("contrastive", JSON.valueToTree(new ContrastiveConfig(0, 0.1)));
    }

    private static void requireSame(Path file, String actual, String expected) {
        if (!actual.equals(expected)) {
            throw new CheckpointException(file + " has sha256 " + actual + ", but its manifest says " + expected
                    + "; it is damaged, use another checkpoint");
        }
    }

    /** Reads the state, after its size and checksum were compared with the manifest's. The caller closes it. */
    public State readState() {
        Path file = folder.resolve(STATE);
        try {
            long size = Files.size(file);
            if (size != manifest.stateBytes()) {
                throw new CheckpointException(file + " has " + size + " bytes, but its manifest says "
                        + manifest.stateBytes() + "; it is damaged, use another checkpoint");
            }
            requireSame(file, Sha256.of(file), manifest.stateSha256());
            return Safetensors.read(file);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read (" + e + "); use another checkpoint", e);
        }
    }

    /** The run's resolved config at the time of writing. */
    public String runConfig() {
        Path file = folder.resolve(CONFIG);
        try {
            byte[] text = Files.readAllBytes(file);
            if (!manifest.configSha256().isEmpty()) {
                requireSame(file, Sha256.of(text), manifest.configSha256());
            }
            return new String(text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read (" + e + "); use another checkpoint", e);
        }
    }

    public CheckpointRef ref() {
        return new CheckpointRef(
                manifest.job().name(),
                manifest.step(),
                manifest.epoch(),
                folder.toUri().toString(),
                manifest.stateSha256(),
                manifest.stateBytes());
    }
}
