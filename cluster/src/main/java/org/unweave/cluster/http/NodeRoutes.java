package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.cluster.events.ClusterState;
import org.unweave.cluster.events.EventJson;

/** The nodes that train or judge, their slots and their actors: {@code GET /api/v1/nodes}. */
public final class NodeRoutes {
    private NodeRoutes() {}

    public static Route of(ClusterState state) {
        return Directives.path(
                segment("api").slash("v1").slash("nodes"),
                () -> Directives.get(() -> Directives.extractRequest(request -> {
                    Query.of(request);
                    return Directives.complete(answer(state));
                })));
    }

    private static HttpResponse answer(ClusterState state) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode nodes = json.putArray("nodes");
        state.nodes().forEach(node -> nodes.add(EventJson.node(node)));
        return Json.response(StatusCodes.OK, json);
    }
}
