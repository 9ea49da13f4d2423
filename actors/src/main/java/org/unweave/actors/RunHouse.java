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

    /**
     * Looks whether a run may be submitted.
     *
     * @throws RuntimeException whose message says why it may not and what to do about it
     */
    default void admit(RunConfig run) {}

    /**
     * Looks whether a run in work may have the jobs that it is to have.
     *
     * @throws RuntimeException whose message says why it may not and what to do about it
     */
    default void check(RunConfig amended) {}

    /** Puts the config of a run in work, which has one job more, in place of the one in its folder. */
    default void amend(RunConfig amended) {}

    /** Tells whoever the run's config says of what has happened. Returns at once, whatever comes of it. */
    default void happened(RunConfig run, Happening happening) {}

    /** The run is over. */
    void close(RunConfig run);
}
