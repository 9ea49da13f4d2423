package org.unweave.config;

/**
 * What the jobs of a run tell one another while they train.
 *
 * @param everySteps updates between two times that a job tells its statistics
 * @param repeatable whether what is told is heard at updates that are fixed beforehand, for which a job waits, so that the run
 *     has the same bits each time; if not, it is heard when it comes
 * @param delayShare the share of the run between a checkpoint and the update before which a job hears its attribution, where
 *     that is fixed
 * @param replay the folder of a run of the same jobs, what whose jobs heard is heard again before the same updates; empty:
 *     what is told in this run is heard
 */
public record ExchangeConfig(int everySteps, boolean repeatable, double delayShare, String replay) {
    public ExchangeConfig {
        Check.atLeast("every-steps", everySteps, 1);
        Check.within("delay-share", delayShare, 0, 0.5);
    }
}
