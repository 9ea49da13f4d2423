package org.unweave.cluster;

import org.unweave.actors.RunHouse;
import org.unweave.config.RunConfig;

/** The house of one run alone, whose folder is made and locked by whoever runs it. */
record OneRun(RunConfig config) implements RunHouse {
    @Override
    public RunConfig read(String text) {
        return config;
    }

    @Override
    public void open(RunConfig run) {}

    @Override
    public void close(RunConfig run) {}
}
