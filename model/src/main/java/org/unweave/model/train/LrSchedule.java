package org.unweave.model.train;

import org.unweave.config.JobConfig.ScheduleConfig;

/**
 * The learning rate as a function of the step: from 0 up over the warm-up, level, and down to 0 at the end.
 *
 * <p>Source: dictionary_learning's {@code get_lr_schedule}, with shares of the run in place of numbers of steps.
 */
public record LrSchedule(double peak, double warmupSteps, double decayFrom, long steps) {

    public static LrSchedule of(double peak, ScheduleConfig schedule, long steps) {
        return new LrSchedule(peak, schedule.warmup() * steps, schedule.decayFrom() * steps, steps);
    }

    /** The rate of the update that follows {@code step} updates. */
    public double at(long step) {
        if (step < warmupSteps) {
            return peak * step / warmupSteps;
        }
        if (step >= decayFrom && steps > decayFrom) {
            return peak * (steps - step) / (steps - decayFrom);
        }
        return peak;
    }
}
