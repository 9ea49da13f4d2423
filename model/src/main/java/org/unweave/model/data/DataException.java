package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** Something is wrong with data that a person can put right: the message names the thing and the remedy. */
public abstract sealed class DataException extends RuntimeException
        permits BundleException,
                CorpusException,
                DataFolderException,
                HarvestException,
                LabelledSetException,
                QuestionSetException,
                StoreException {
    private static final long serialVersionUID = 1;

    protected DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
