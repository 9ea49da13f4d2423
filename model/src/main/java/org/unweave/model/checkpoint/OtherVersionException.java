package org.unweave.model.checkpoint;

import java.nio.file.Path;

/** A checkpoint is of a format version that this program does not read. */
public final class OtherVersionException extends CheckpointException {
    private static final long serialVersionUID = 1;

    OtherVersionException(Path file, int version) {
        super(file + " is of format version " + version + "; this program reads version " + Manifest.VERSION
                + ". Go on with the program that wrote it, or begin a new run");
    }
}
