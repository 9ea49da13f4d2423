package org.unweave.model.sae;

import org.unweave.config.JobConfig;

/**
 * What an SAE is made of: its job, and the sizes that the data decide.
 *
 * @param width D
 * @param steps updates of the whole run, of which the schedule's numbers are shares
 * @param batchRows B
 * @param inputScale the factor that the model's activations are multiplied by before they reach the SAE, such that the
 *     mean squared norm of a row is 1; folded into the weights when the SAE is frozen
 */
public record SaeConfig(JobConfig job, int width, long steps, int batchRows, double inputScale) {
    public SaeConfig {
        if (!(inputScale > 0) || Double.isInfinite(inputScale)) {
            throw new IllegalArgumentException("an input scale of " + inputScale);
        }
    }

    /** F. */
    public int features() {
        return job.features();
    }

    /** The number of updates that a share of the run makes. */
    public double stepsOf(double share) {
        return share * steps;
    }

    /** Rows after which a latent that has not fired is dead. */
    public long deadAfterRows() {
        return Math.max(1, Math.round(job.schedule().deadAfter() * steps * batchRows));
    }
}
