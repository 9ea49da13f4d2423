package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** A store of activations is incomplete, corrupt, or of another format. */
public final class StoreException extends DataException {
    private static final long serialVersionUID = 1;

    public StoreException(String message) {
        this(message, null);
    }

    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
