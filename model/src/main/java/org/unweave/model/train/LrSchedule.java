package org.unweave.model.train;

import org.unweave.model.sae.Phases;

/**
 * The learning rate as a function of the step: from 0 up over the warm-up, level, and down to 0 at the end. Where latents
 * are drawn anew every so many updates, it goes up from 0 each time, and does not come down.
 *
 * <p>Source: dictionary_learning's {@code get_lr_schedule}.
 *
 * @param againEverySteps after which the warm-up begins again; 0 never
 */
public record LrSchedule(double peak, double warmupSteps, double decayFrom, long steps, long againEverySteps) {

    public static LrSchedule of(double peak, Phases phases, long steps) {
        return new LrSchedule(peak, phases.warmupSteps(), phases.decayFromStep(), steps, phases.resampleEverySteps());
    }

    /** The rate of the update that follows {@code step} updates. */
    public double at(long step) {
        long since = againEverySteps > 0 ? step % againEverySteps : step;
        if (since < warmupSteps) {
            return peak * since / warmupSteps;
        }
        if (againEverySteps == 0 && step >= decayFrom && steps > decayFrom) {
            return peak * (steps - step) / (steps - decayFrom);
        }
        return peak;
    }
}
