package org.unweave.model.checkpoint;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where a checkpoint comes from, as names and texts. */
public final class Provenance {
    private Provenance() {}

    /** What is true of every file that this process writes, and what the caller adds. */
    public static Map<String, String> of(Clock clock, Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("java", System.getProperty("java.vm.vendor") + " " + Runtime.version());
        all.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        all.put("written", Instant.now(clock).toString());
        all.putAll(more);
        return all;
    }
}
