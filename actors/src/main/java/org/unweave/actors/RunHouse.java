package org.unweave.actors;

import org.unweave.config.RunConfig;

/** The folders of runs, as the {@link Supervisor} sees them. Called by it alone. */
public interface RunHouse {
    /** Reads a config that was submitted, for the folders of this node. */
    RunConfig read(String config);

    /**
     * Makes the folder of a run, or opens the one that it left.
     *
     * @throws RuntimeException whose message says why it cannot be and what to do about it
     */
    void open(RunConfig run);

    /** The run is over. */
    void close(RunConfig run);
}
