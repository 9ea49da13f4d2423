package org.unweave.cluster.http;

import org.jspecify.annotations.Nullable;

/** A node's HTTP port cannot be opened, or a node cannot be reached or refuses; the message says what to do. */
public final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int NONE = 0;

    private final int status;

    ControlException(String message, @Nullable Throwable cause) {
        super(message, cause);
        status = NONE;
    }

    ControlException(String message, int status) {
        super(message);
        this.status = status;
    }

    /** The status by which the node refused; 0 where it gave none. */
    public int status() {
        return status;
    }
}
