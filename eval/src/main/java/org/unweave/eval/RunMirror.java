package org.unweave.eval;

import java.net.URI;
import java.nio.file.Path;
import org.unweave.model.checkpoint.CheckpointRef;

/** Brings what a judge reads into its folder, and gives away what it has written, where its folder is not the run's. */
public interface RunMirror {
    /** The folder is the run's own. */
    RunMirror NONE = new RunMirror() {
        @Override
        public Path checkpoint(CheckpointRef checkpoint) {
            return Path.of(URI.create(checkpoint.uri()));
        }

        @Override
        public boolean bring(Path report) {
            return true;
        }

        @Override
        public void give(Path report) {}
    };

    /** The folder of a checkpoint, here; it may be gone when the next one is asked for. */
    Path checkpoint(CheckpointRef checkpoint);

    /**
     * Has a file of the run lie here as the run has it.
     *
     * @return false where the run has none; what lies here is then as it was
     */
    boolean bring(Path report);

    /** Puts a report where the run has its own; returns when it is stored there. */
    void give(Path report);
}
