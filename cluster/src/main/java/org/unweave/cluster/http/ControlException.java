package org.unweave.cluster.http;

import org.jspecify.annotations.Nullable;

/** A node's HTTP port cannot be opened, or a node cannot be reached or refuses; the message says what to do. */
public final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int NONE = 0;

    private final int status;
    private final String reason;

    ControlException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = NONE;
        this.reason = message;
    }

    ControlException(String message, int status) {
        this("", message, status);
    }

    /** @param who says it, in words before the reason */
    ControlException(String who, String reason, int status) {
        super(who + reason);
        this.status = status;
        this.reason = reason;
    }

    /** The status by which the node refused; 0 where it gave none. */
    public int status() {
        return status;
    }

    /** The reason alone, for whoever knows which node was asked. */
    public String reason() {
        return reason;
    }
}
