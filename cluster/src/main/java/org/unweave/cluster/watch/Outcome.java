package org.unweave.cluster.watch;

/** How a watching ended. */
public enum Outcome {
    /** The run is done, or the person has seen enough. */
    DONE,
    /** A job failed or could not be judged, or the node could not be reached any more. */
    FAILED,
    /** The run was stopped, or the watching was interrupted. */
    INTERRUPTED;

    static Outcome of(WatchModel model) {
        if (model.failed()) {
            return FAILED;
        }
        return model.stopped() ? INTERRUPTED : DONE;
    }
}
