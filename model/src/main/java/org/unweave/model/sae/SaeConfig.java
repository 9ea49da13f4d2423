package org.unweave.model.sae;

import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.SparsityConfig;
import org.unweave.model.sae.part.SparsityServo;

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

    /** When things begin and end. */
    public Phases phases() {
        return Phases.of(job, steps, batchRows);
    }

    /** What steers a penalty to the job's target L0; constant where dictionary_learning's rules are followed. */
    public SparsityServo servo() {
        SparsityConfig sparsity = job.sparsity();
        boolean constant = job.asDictionaryLearning();
        return new SparsityServo(
                sparsity.initial(),
                constant ? 0 : sparsity.gain(),
                constant ? 0 : sparsity.integralGain(),
                job.targetL0());
    }
}
