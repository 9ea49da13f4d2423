package org.unweave.tests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What a node tells as it happens, to one who listens from its beginning. */
final class EventStream implements AutoCloseable {
    /** An event; {@code data} is its object. */
    record Event(String kind, String id, JsonNode data) {
        String text(String field) {
            return data.path(field).asText();
        }

        long step() {
            return data.path("step").asLong();
        }
    }

    private static final long PATIENCE_SECONDS = 480;

    private final HttpClient http;
    private final InputStream body;
    private final BlockingQueue<Event> unheard = new LinkedBlockingQueue<>();
    private final List<Event> heard = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private EventStream(HttpClient http, InputStream body) {
        this.http = http;
        this.body = body;
        reader = Thread.ofVirtual().start(this::read);
    }

    /** Opens the stream; {@code query} as {@code ?after=0}. */
    static EventStream open(URI node, String query) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        HttpResponse<InputStream> response = http.send(
                HttpRequest.newBuilder(node.resolve("/api/v1/events" + query)).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new AssertionError(
                    "the stream is refused: " + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
        }
        return new EventStream(http, response.body());
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            String kind = "";
            String id = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    kind = line.substring("event:".length());
                } else if (line.startsWith("id:")) {
                    id = line.substring("id:".length());
                } else if (line.startsWith("data:")) {
                    data = line.substring("data:".length());
                } else if (line.isEmpty() && !kind.isEmpty()) {
                    unheard.add(new Event(kind, id, RunResults.parse(data)));
                    kind = "";
                }
            }
        } catch (IOException closed) {
            // By this side, or the process has ended.
            return;
        }
    }

    /** The next event of a kind that is as wanted; those before it are passed over. */
    Event await(String kind, Predicate<Event> wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            Event event = unheard.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            // Others come all the time.
            if (event == null || System.nanoTime() > end) {
                throw new AssertionError("no such event of the kind " + kind + " came; the last were "
                        + heard.subList(Math.max(0, heard.size() - 10), heard.size()));
            }
            heard.add(event);
            if (event.kind().equals(kind) && wanted.test(event)) {
                return event;
            }
        }
    }

    /** All events that were waited for or passed over. */
    List<Event> heard() {
        return heard;
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader.interrupt();
        http.shutdownNow();
    }
}
