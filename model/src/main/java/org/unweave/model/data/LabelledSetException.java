package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** A labelled set is unknown, cannot be read, or has too few texts of a class. */
public final class LabelledSetException extends DataException {
    private static final long serialVersionUID = 1;

    public LabelledSetException(String message) {
        this(message, null);
    }

    public LabelledSetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
