package org.unweave.config;

import java.time.Duration;

/**
 * What happens to a job that fails: it starts again from its last checkpoint, after a pause that doubles each time.
 *
 * @param minBackoff the first pause
 * @param maxBackoff the longest pause
 * @param maxRestarts restarts after which the job is reported failed
 */
public record SupervisionConfig(Duration minBackoff, Duration maxBackoff, int maxRestarts) {
    public SupervisionConfig {
        Check.positive("min-backoff", minBackoff);
        Check.that(
                maxBackoff.compareTo(minBackoff) >= 0,
                "max-backoff",
                Units.text(maxBackoff) + " is less than min-backoff, " + Units.text(minBackoff));
        Check.atLeast("max-restarts", maxRestarts, 0);
    }

    /** The pause before restart number {@code restart}, counted from 1. */
    public Duration backoff(int restart) {
        Duration pause = minBackoff.multipliedBy(1L << Math.min(restart - 1, 20));
        return pause.compareTo(maxBackoff) > 0 ? maxBackoff : pause;
    }
}
