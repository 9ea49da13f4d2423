package org.unweave.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.format.CheckRows;
import org.unweave.model.format.Export;
import org.unweave.model.format.ExportFormat;
import org.unweave.model.format.Origin;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainLoop;

/** A checkpoint's SAE, written in another program's format. */
public final class CheckpointExport {
    private static final String FEATURES = "features.json";
    private static final String EXPORTS = "exports";

    private CheckpointExport() {}

    /**
     * What is asked for.
     *
     * @param checkpoint a checkpoint's folder, a job's, or RUN/JOB
     * @param out the folder to write; null for one beside the checkpoints
     * @param replace whether an export that lies there is replaced
     * @param checkRows rows to write with their reconstructions
     */
    public record Request(
            String checkpoint,
            ExportFormat format,
            @Nullable Path out,
            boolean replace,
            int checkRows) {}

    /**
     * What was written.
     *
     * @param checkpoint the folder that was read
     * @param folder the folder that was written
     * @param frequencies whether the latents' firing frequencies are in it
     */
    public record Written(
            Path checkpoint, Path folder, String architecture, int width, int features, boolean frequencies) {}

    /** Reads a checkpoint and writes the export. */
    public static Written write(Request request) {
        Checkpoint checkpoint = CheckpointLookup.find(request.checkpoint());
        Path out = Optional.ofNullable(request.out()).orElseGet(() -> folder(checkpoint, request.format()));
        Origin origin = origin(checkpoint);
        try (Device device = Device.cpu(1);
                FrozenSae sae = frozen(checkpoint, device)) {
            Manifest manifest = checkpoint.manifest();
            List<Double> frequencies = firingFrequencies(checkpoint);
            CheckRows check = null;
            if (request.checkRows() > 0) {
                // The scale brings the mean squared norm of the model's activations to 1.
                double norm = 1 / manifest.inputScale();
                check = CheckRows.draw(
                        sae, request.checkRows(), norm, manifest.job().seed(), device.ops());
            }
            try {
                request.format().write(out, new Export(sae, origin, frequencies, check), request.replace());
            } finally {
                if (check != null) {
                    check.close();
                }
            }
            return new Written(
                    checkpoint.folder(), out, sae.architecture(), sae.width(), sae.features(), !frequencies.isEmpty());
        }
    }

    private static FrozenSae frozen(Checkpoint checkpoint, Device device) {
        try {
            return TrainLoop.frozen(checkpoint, device.ops());
        } catch (IllegalArgumentException e) {
            throw new RunException(
                    "the checkpoint " + checkpoint.folder() + " does not fit this program (" + e.getMessage()
                            + "); export it with the version that wrote it",
                    e);
        }
    }

    /** In the job's folder where the checkpoint lies in one, else beside the checkpoint. */
    private static Path folder(Checkpoint checkpoint, ExportFormat format) {
        Path folder = checkpoint.folder();
        String name = format.word() + "-" + folder.toAbsolutePath().normalize().getFileName();
        return CheckpointLookup.jobOf(checkpoint)
                .map(job -> job.resolve(EXPORTS).resolve(name))
                .orElseGet(() -> folder.toAbsolutePath().normalize().resolveSibling(name));
    }

    private static Origin origin(Checkpoint checkpoint) {
        Manifest manifest = checkpoint.manifest();
        RunConfig run = ConfigReader.readForEvaluation(checkpoint.folder().resolve(Checkpoint.CONFIG), List.of());
        return new Origin(
                manifest.provenance().getOrDefault("model", run.model().source()),
                run.model().hook(),
                run.model().contextTokens(),
                String.join(",", run.data().corpus()),
                run.name(),
                manifest.job().name(),
                manifest.job().variant(),
                manifest.job().seed(),
                manifest.step(),
                manifest.step() * manifest.batchRows(),
                manifest.provenance().getOrDefault("unweave", "unknown"));
    }

    /** Those that the job's folder holds, where they were counted up to this very checkpoint. */
    private static List<Double> firingFrequencies(Checkpoint checkpoint) {
        Optional<Path> file = CheckpointLookup.jobOf(checkpoint)
                .map(job -> job.resolve(FEATURES))
                .filter(Files::isRegularFile);
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            JsonNode json = new ObjectMapper().readTree(file.get().toFile());
            JsonNode density = json.path("density");
            boolean same = json.path("step").asLong(-1) == checkpoint.manifest().step()
                    && density.size() == checkpoint.manifest().job().features();
            List<Double> frequencies = new ArrayList<>();
            if (same) {
                density.forEach(value -> frequencies.add(value.asDouble()));
            }
            return frequencies;
        } catch (IOException e) {
            throw new RunException(
                    file.get() + " cannot be read (" + e.getMessage()
                            + "); move it away to export without firing frequencies",
                    e);
        }
    }
}
