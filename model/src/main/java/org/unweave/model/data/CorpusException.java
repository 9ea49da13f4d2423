package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** The text of a corpus cannot be read, or there is none. */
public final class CorpusException extends DataException {
    private static final long serialVersionUID = 1;

    public CorpusException(String message) {
        this(message, null);
    }

    public CorpusException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
