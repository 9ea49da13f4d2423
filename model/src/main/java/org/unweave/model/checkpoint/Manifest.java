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
 * @param configSha256 of {@code run.conf}; empty where the version has none
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
        String configSha256,
        String stateSha256,
        long stateBytes,
        Map<String, String> provenance) {

    /**
     * The version that is written. 4: jobs have labelled terms and an exchange. Read too are 3: manifest and config have
     * checksums; and 2: jobs and states of more variants, and the loss by which divergence is noticed.
     */
    public static final int VERSION = 4;

    static final int WITHOUT_LABELLED_TERMS = 3;

    static final int WITHOUT_CHECKSUMS = 2;

    public Manifest {
        provenance = new TreeMap<>(provenance);
    }

    Manifest withFiles(String configSha, String stateSha, long bytes) {
        return new Manifest(
                version, job, step, epoch, width, steps, batchRows, inputScale, configSha, stateSha, bytes, provenance);
    }
}
