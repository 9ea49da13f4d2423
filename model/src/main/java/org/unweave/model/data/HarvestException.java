package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** Activations cannot be harvested; the shards that were written whole are kept. */
public final class HarvestException extends DataException {
    private static final long serialVersionUID = 1;

    public HarvestException(String message) {
        this(message, null);
    }

    public HarvestException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
