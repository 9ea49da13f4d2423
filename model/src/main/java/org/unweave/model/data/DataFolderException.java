package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** A data set is not in the data folder, not whole, or not as its columns should be. */
public final class DataFolderException extends DataException {
    private static final long serialVersionUID = 1;

    public DataFolderException(String message) {
        this(message, null);
    }

    public DataFolderException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
