package org.unweave.model.train;

/** A placement of a job would write although a later one does. */
public final class StaleEpochException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StaleEpochException(String job, int epoch, int newest) {
        super(job + " was given to another trainer (placement " + newest + ") while this one (placement " + epoch
                + ") was away; this one writes no more");
    }
}
