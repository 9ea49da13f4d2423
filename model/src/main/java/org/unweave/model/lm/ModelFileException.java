package org.unweave.model.lm;

import java.nio.file.Path;

/** A model's file cannot be used: which file, what is wrong with it, and what to do. */
public final class ModelFileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ModelFileException(Path file, String problem, String remedy) {
        super(file + ": " + problem + "; " + remedy);
    }

    public ModelFileException(Path file, String problem, String remedy, Throwable cause) {
        super(file + ": " + problem + "; " + remedy, cause);
    }
}
