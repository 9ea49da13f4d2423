package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.cluster.events.EventJson;
import org.unweave.cluster.events.LogRing;

/** The last lines of this process's log: {@code GET /api/v1/logs?lines=N&level=LEVEL}. */
public final class LogRoutes {
    static final List<String> LEVELS = List.of("DEBUG", "INFO", "WARN", "ERROR");

    private LogRoutes() {}

    public static Route of(LogRing ring) {
        return Directives.path(
                segment("api").slash("v1").slash("logs"),
                () -> Directives.get(() -> Directives.extractRequest(
                        request -> Directives.complete(answer(ring, Query.of(request, "lines", "level"))))));
    }

    private static HttpResponse answer(LogRing ring, Query query) {
        int lines = query.whole("lines", 1, LogRing.MOST_LINES, 200);
        int severity = LogRing.severity(query.word("level", LEVELS, "INFO"));
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode all = json.putArray("lines");
        ring.last(lines, severity).forEach(line -> all.add(EventJson.line(line)));
        return Json.response(StatusCodes.OK, json);
    }
}
