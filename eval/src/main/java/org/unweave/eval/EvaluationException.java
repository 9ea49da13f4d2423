package org.unweave.eval;

/** An evaluation that cannot be done as asked. The message is for people: what is wrong, where, and what helps. */
public final class EvaluationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public EvaluationException(String message) {
        super(message);
    }

    public EvaluationException(String message, Throwable cause) {
        super(message, cause);
    }
}
