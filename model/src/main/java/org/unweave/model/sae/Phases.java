package org.unweave.model.sae;

import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.DictionaryLearningConfig;
import org.unweave.config.JobConfig.ScheduleConfig;

/**
 * When things begin and end in a run, in updates: a job's shares of the run, or dictionary_learning's absolute numbers.
 *
 * @param warmupSteps over which the learning rate rises from 0
 * @param sparsityWarmupSteps over which a penalty rises from 0
 * @param decayFromStep from which the learning rate falls to 0; the run's end: never
 * @param deadAfterRows rows without firing after which a latent is dead
 * @param thresholdFromStep after which the threshold for use after training follows the batches
 * @param thresholdDecay of its moving mean
 * @param pAnnealFromStep from which the exponent of p-anneal falls
 * @param kAnnealSteps over which k comes down from d_in; 0 begins at k
 * @param resampleEverySteps after which dead latents are drawn anew, again and again; 0 never
 */
public record Phases(
        double warmupSteps,
        double sparsityWarmupSteps,
        double decayFromStep,
        long deadAfterRows,
        double thresholdFromStep,
        double thresholdDecay,
        double pAnnealFromStep,
        double kAnnealSteps,
        long resampleEverySteps) {

    static Phases of(JobConfig job, long steps, int batchRows) {
        return job.asDictionaryLearning()
                ? absolute(job.dictionaryLearning(), steps)
                : shares(job.schedule(), job.threshold().decay(), steps, batchRows);
    }

    private static Phases shares(ScheduleConfig schedule, double thresholdDecay, long steps, int batchRows) {
        return new Phases(
                schedule.warmup() * steps,
                schedule.sparsityWarmup() * steps,
                schedule.decayFrom() * steps,
                Math.max(1, Math.round(schedule.deadAfter() * steps * batchRows)),
                schedule.thresholdFrom() * steps,
                thresholdDecay,
                schedule.pAnnealFrom() * steps,
                schedule.kAnneal() * steps,
                schedule.resampleEvery() == 0 ? 0 : Math.max(1, Math.round(schedule.resampleEvery() * steps)));
    }

    private static Phases absolute(DictionaryLearningConfig numbers, long steps) {
        return new Phases(
                numbers.warmupSteps(),
                numbers.sparsityWarmupSteps(),
                numbers.decayFromStep() == 0 ? steps : numbers.decayFromStep(),
                numbers.deadAfterRows(),
                numbers.thresholdFromStep(),
                numbers.thresholdDecay(),
                numbers.pAnnealFromStep(),
                numbers.kAnnealSteps(),
                numbers.resampleEverySteps());
    }

    /** What a penalty is multiplied by at a step: rises from 0 to 1 over its warm-up. */
    public double sparsityWarmth(long step) {
        return sparsityWarmupSteps <= 0 ? 1 : Math.min(1, step / sparsityWarmupSteps);
    }

    /** The number of latents kept at a step, on its way from {@code from} to {@code k}. */
    public int kAt(long step, int from, int k) {
        if (kAnnealSteps <= 0) {
            return k;
        }
        double done = Math.min(1, step / kAnnealSteps);
        return (int) (from * (1 - done) + k * done);
    }
}
