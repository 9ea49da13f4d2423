package org.unweave.cluster.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;

/** What is said over HTTP: JSON, and {@code {"error": "..."}} where something is wrong. */
public final class Json {
    static final String ERROR = "error";

    static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    public static HttpResponse response(StatusCode status, JsonNode body) {
        return HttpResponse.create().withStatus(status).withEntity(ContentTypes.APPLICATION_JSON, text(body));
    }

    /** A refusal with its reason, which must hold no secret. */
    public static HttpResponse error(StatusCode status, String reason) {
        return response(status, MAPPER.createObjectNode().put(ERROR, reason));
    }

    /** What somebody gave, as it may be shown in a refusal: short, and without what a terminal would obey. */
    static String shown(String given) {
        String short64 = given.length() > 64 ? given.substring(0, 64) + "..." : given;
        return short64.replaceAll("\\p{Cntrl}", "?");
    }

    static String text(JsonNode body) {
        try {
            return MAPPER.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a tree of JSON can always be written", e);
        }
    }
}
