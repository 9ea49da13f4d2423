package org.unweave.model.checkpoint;

import java.util.Map;
import java.util.TreeMap;
import org.unweave.config.JobConfig;

/**
 * What a checkpoint says of itself, beside its state.
 *
 * @param version of the format
 * @param job the job's config, with which the SAE is made anew
 * @param step updates so far
 * @param epoch the placement that wrote it
 * @param width D
 * @param steps updates of the whole run
 * @param batchRows B
 * @param inputScale what the model's activations were multiplied by
 * @param stateSha256 of {@code state.safetensors}
 * @param stateBytes of {@code state.safetensors}
 * @param provenance versions, device, model, data, seed, time
 */
public record Manifest(
        int version,
        JobConfig job,
        long step,
        int epoch,
        int width,
        long steps,
        int batchRows,
        double inputScale,
        String stateSha256,
        long stateBytes,
        Map<String, String> provenance) {

    /** The version that is written. 2: jobs and states of more variants, and the loss by which divergence is noticed. */
    public static final int VERSION = 2;

    public Manifest {
        provenance = new TreeMap<>(provenance);
    }

    Manifest withState(String sha256, long bytes) {
        return new Manifest(version, job, step, epoch, width, steps, batchRows, inputScale, sha256, bytes, provenance);
    }
}
