package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** A set of questions is unknown, cannot be read, or cannot be asked with four options. */
public final class QuestionSetException extends DataException {
    private static final long serialVersionUID = 1;

    public QuestionSetException(String message) {
        this(message, null);
    }

    public QuestionSetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
