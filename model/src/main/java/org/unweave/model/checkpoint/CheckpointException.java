package org.unweave.model.checkpoint;

/** A checkpoint cannot be written or read. The message names the file, what is wrong, and what to do. */
public class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
