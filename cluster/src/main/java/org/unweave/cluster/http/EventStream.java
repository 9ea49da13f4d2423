package org.unweave.cluster.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The server-sent events of a node, one after the other. Of one thread; {@link #close} may come from any, and ends what
 * waits.
 */
public final class EventStream implements AutoCloseable {
    private static final int MOST_LETTERS = 1 << 20;

    private final InputStream body;
    private final BufferedReader reader;

    /**
     * Something that a node has told.
     *
     * @param id to go on after it; empty where it has none
     * @param kind empty where the node only shows that it is there
     * @param data an object
     */
    public record Heard(String id, String kind, JsonNode data) {}

    EventStream(HttpResponse<InputStream> response) {
        this(response.body());
    }

    EventStream(InputStream body) {
        this.body = body;
        this.reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /**
     * Waits for the next.
     *
     * @return null where the stream is over
     * @throws IOException if it breaks off, or is none of events
     */
    public @Nullable Heard next() throws IOException {
        String id = "";
        String kind = "";
        StringBuilder data = new StringBuilder();
        boolean begun = false;
        for (String line = line(); line != null; line = line()) {
            if (line.isEmpty()) {
                if (begun) {
                    return heard(id, kind, data.toString());
                }
                continue;
            }
            begun = true;
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(line.startsWith(": ", colon) ? colon + 2 : colon + 1);
            switch (field) {
                case "id" -> id = value;
                case "event" -> kind = value;
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                default -> {
                    // A comment, or what later versions may say.
                }
            }
        }
        return null;
    }

    private static Heard heard(String id, String kind, String data) throws IOException {
        if (data.isEmpty()) {
            return new Heard(id, "", Json.MAPPER.createObjectNode());
        }
        try {
            return new Heard(id, kind, Json.MAPPER.readTree(data));
        } catch (JsonProcessingException e) {
            throw new IOException("an event is no JSON", e);
        }
    }

    private @Nullable String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int letter = reader.read(); letter >= 0; letter = reader.read()) {
            if (letter == '\n') {
                return line.toString();
            }
            if (letter != '\r') {
                line.append((char) letter);
            }
            if (line.length() > MOST_LETTERS) {
                throw new IOException("an event has more than " + MOST_LETTERS + " letters");
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        // Not the reader: whoever reads holds it.
        body.close();
    }
}
