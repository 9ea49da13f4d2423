package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command reaches a cluster, and what is printed of its answer: nothing where it was taken, or JSON. */
final class CtlRequest {
    static final String API = "/api/v1";

    @Mixin
    private NodeAccess access = new NodeAccess();

    @Option(names = "--json", description = "Prints the answer as JSON.")
    private boolean json;

    ControlClient open() {
        return access.open();
    }

    boolean json() {
        return json;
    }

    int post(Console console, String path) {
        return post(console, path, JsonNodeFactory.instance.objectNode());
    }

    /** @throws ControlException if it is refused, and no JSON is wanted */
    int post(Console console, String path, ObjectNode body) {
        try (ControlClient client = open()) {
            JsonNode answer = client.post(API + path, body);
            if (json) {
                console.out().println(answer);
            }
            return ExitCode.DONE;
        } catch (ControlException refused) {
            if (!json) {
                throw refused;
            }
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.put("taken", false);
            answer.put("status", refused.status());
            answer.put("problem", refused.getMessage());
            console.out().println(answer);
            return ExitCode.FAILED;
        }
    }

    /** A body's field of keys and values. */
    static ObjectNode values(Map<String, String> values) {
        ObjectNode set = JsonNodeFactory.instance.objectNode();
        values.forEach(set::put);
        return set;
    }
}
