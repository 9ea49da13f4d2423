package org.unweave.cluster;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/** Configurations for tests. */
final class Configs {
    private Configs() {}

    /** The preset smoke, named {@code one}, in a folder of the test's. */
    static RunConfig smoke(Path runsFolder, String... overrides) {
        List<String> all = new ArrayList<>(List.of("name=one", "runs-folder=" + runsFolder));
        all.addAll(List.of(overrides));
        return ConfigReader.read("smoke", all, Clock.systemUTC());
    }
}
