package org.unweave.model.exchange;

/** Something that is told of a job to the other jobs of its run; small, and harmless where it is lost. */
public sealed interface Told permits EmaStatistics, AttributionSnapshot {
    /** The job that it is about. */
    String job();

    /** Updates of that job when it was so. */
    long step();
}
