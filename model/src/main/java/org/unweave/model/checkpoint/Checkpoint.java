package org.unweave.model.checkpoint;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.State;

/**
 * A checkpoint that is there whole: a folder with a manifest, the run's config, and the state.
 *
 * <p>It is written to a folder beside, forced to the disk and renamed, so that a kill at any moment leaves either none or
 * the whole of it. Its checksum is compared each time the state is read.
 *
 * @param folder where it lies
 * @param manifest what it says of itself
 */
public record Checkpoint(Path folder, Manifest manifest) {
    private static final String MANIFEST = "manifest.json";
    private static final String STATE = "state.safetensors";
    private static final String CONFIG = "run.conf";
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
            Manifest whole = manifest.withState(written.sha256(), written.bytes());
            Durable.write(aside.resolve(CONFIG), runConfig);
            Durable.write(aside.resolve(MANIFEST), JSON.writeValueAsString(whole));
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

    private static void discard(Path aside, Exception cause) {
        try {
            Durable.deleteRecursively(aside);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Opens a checkpoint by its manifest. The state is not looked at yet. */
    public static Checkpoint open(Path folder) {
        Path file = folder.resolve(MANIFEST);
        try {
            JsonNode tree = JSON.readTree(file.toFile());
            int version = tree.path("version").asInt(-1);
            if (version != Manifest.VERSION) {
                throw new OtherVersionException(file, version);
            }
            return new Checkpoint(folder, JSON.treeToValue(tree, Manifest.class));
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(
                    file + " cannot be read (" + e.getMessage() + "); it is damaged or no checkpoint, use another", e);
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
            String actual = Sha256.of(file);
            if (!actual.equals(manifest.stateSha256())) {
                throw new CheckpointException(file + " has sha256 " + actual + ", but its manifest says "
                        + manifest.stateSha256() + "; it is damaged, use another checkpoint");
            }
            return Safetensors.read(file);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read (" + e + "); use another checkpoint", e);
        }
    }

    /** The run's resolved config at the time of writing. */
    public String runConfig() {
        try {
            return Files.readString(folder.resolve(CONFIG));
        } catch (IOException e) {
            throw new CheckpointException(folder.resolve(CONFIG) + " cannot be read (" + e + ")", e);
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
