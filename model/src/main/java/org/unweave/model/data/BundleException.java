package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** A file of the bundle is missing, wrong, or cannot be fetched. */
public final class BundleException extends DataException {
    private static final long serialVersionUID = 1;

    public BundleException(String message) {
        this(message, null);
    }

    public BundleException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
