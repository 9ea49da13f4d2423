package org.unweave.eval.report;

/** A run folder cannot be reported on; the message names the folder and the remedy in one line. */
public final class RunFolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunFolderException(String message) {
        super(message);
    }

    public RunFolderException(String message, Throwable cause) {
        super(message, cause);
    }
}
