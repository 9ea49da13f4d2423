package org.unweave.cluster.http;

/** A request's query is not one that the route takes; the message says what is. */
final class BadQueryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadQueryException(String message) {
        super(message);
    }
}
