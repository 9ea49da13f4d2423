package org.unweave.cluster;

import org.unweave.actors.Happening;
import org.unweave.actors.RunHouse;
import org.unweave.config.RunConfig;

/** The house of one run alone, whose folder is made and locked by whoever runs it. */
record OneRun(RunConfig config, RunHooks hooks) implements RunHouse {
    @Override
    public RunConfig read(String text) {
        return config;
    }

    @Override
    public void open(RunConfig run) {}

    @Override
    public void check(RunConfig amended) {
        throw new RunException(
                "this process trains the jobs that it began with, and takes no further one; submit the run to"
                        + " a node, which does");
    }

    @Override
    public void happened(RunConfig run, Happening happening) {
        hooks.tell(run.hooks(), happening);
    }

    @Override
    public void close(RunConfig run) {}
}
