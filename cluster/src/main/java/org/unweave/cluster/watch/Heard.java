package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.EventStream;

/** What comes from a node, in the order in which it came. */
sealed interface Heard {
    /**
     * How all stands, as it was asked for after the connection was made.
     *
     * @param curves null where they were not asked for, or where the node has none
     */
    record Answers(
            JsonNode status, JsonNode nodes, @Nullable JsonNode curves) implements Heard {}

    /** How the run stands, as it was asked for in between. */
    record Status(JsonNode status) implements Heard {}

    /** An event. */
    record Happened(EventStream.Heard event) implements Heard {}

    /** The connection broke, or could not be made; it is tried again. */
    record Broken(String reason) implements Heard {}

    /** The node does not take what is asked, and would not the next time. */
    record Refused(ControlException reason) implements Heard {}

    /** What became of a command. */
    record Answered(boolean taken, String text) implements Heard {}
}
