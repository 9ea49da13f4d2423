package org.unweave.cluster.security;

/** Keys, a token or an address are not as safety wants them; the message names the thing and the remedy, never a secret. */
public final class AccessException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AccessException(String message) {
        super(message);
    }

    public AccessException(String message, Throwable cause) {
        super(message, cause);
    }
}
