package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a job's {@code state.json} says. Absent texts are empty, absent numbers NaN or -1.
 *
 * @param state running, done, failed or stopped; {@code unknown} without the file
 * @param targetL0 the L0 that the job is configured for
 */
public record JobState(
        String variant,
        String state,
        long step,
        long steps,
        double targetL0,
        double seconds,
        double rowsPerSecond,
        long restarts,
        String reason) {

    static final String UNKNOWN = "unknown";

    static JobState of(JsonNode node) {
        String state = JsonFields.text(node, "state");
        return new JobState(
                JsonFields.text(node, "variant"),
                state.isEmpty() ? UNKNOWN : state,
                JsonFields.whole(node, "step", -1),
                JsonFields.whole(node, "steps", -1),
                JsonFields.number(node, "target_l0"),
                JsonFields.number(node, "seconds"),
                JsonFields.number(node, "rows_per_second"),
                JsonFields.whole(node, "restarts", -1),
                JsonFields.text(node, "reason"));
    }

    public boolean failed() {
        return state.equals("failed");
    }

    public boolean done() {
        return state.equals("done");
    }
}
