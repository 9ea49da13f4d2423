package org.unweave.cluster;

/** A run cannot begin or go on, for a reason that the person who started it can mend; the message says how. */
public final class RunException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RunException(String message) {
        super(message);
    }

    public RunException(String message, Throwable cause) {
        super(message, cause);
    }
}
