package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.cluster.events.Event.Kind;
import org.unweave.cluster.events.EventRing;

/** Whoever listens hears what it asked for, as it happens, from where it left off; and one who does not read costs nothing. */
class EventRoutesTest {
    private static final String EVENTS = "/api/v1/events";

    private final TestServer server = new TestServer();
    private final EventRing ring = new EventRing("life");
    private URI node = URI.create("");

    @BeforeEach
    void start() throws Exception {
        node = server.start(null, null, List.of(), EventRoutes.of(ring)).address();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** A connection that listens. */
    private final class Listener implements AutoCloseable {
        private final Socket socket = new Socket();
        private final BufferedReader lines;

        private Listener(String query, String... headers) throws IOException {
            socket.setReceiveBufferSize(1 << 12);
            socket.setSoTimeout(60_000);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.getPort()));
            String head = "GET " + EVENTS + query + " HTTP/1.1\r\nHost: " + node.getAuthority() + "\r\n"
                    + String.join("", headers) + "\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        }

        /** The first line of the answer. */
        private String status() throws IOException {
            String status = lines.readLine();
            for (String line = status; !line.isEmpty(); line = lines.readLine()) {
                // The other headers.
                continue;
            }
            return status;
        }

        /** The lines of the next events. Chunks have lines of their own, of hexadecimal digits. */
        private List<String> events(int count) throws IOException {
            List<String> events = new ArrayList<>();
            List<String> event = new ArrayList<>();
            while (events.size() < count) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IOException("the stream has ended after " + events);
                }
                if (line.contains(":") && !line.equals("data:")) {
                    event.add(line);
                } else if (!event.isEmpty() && line.isEmpty()) {
                    events.add(String.join("|", event));
                    event.clear();
                }
            }
            return events;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void events_comeAsTheyHappen() throws Exception {
        ring.add(Kind.JOB, "run", "{\"n\":0}");
        try (Listener listener = new Listener("")) {
            assertThat(listener.status()).isEqualTo("HTTP/1.1 200 OK");
            ring.add(Kind.LOG, "run", 40_000, "{\"not\":\"asked for\"}");
            ring.add(Kind.METRICS, "run", "{\"n\":1}");
            assertThat(listener.events(1)).containsExactly("data:{\"n\":1}|event:metrics|id:life-3");
            ring.add(Kind.NODE_LOST, "", "{\"n\":2}");
            assertThat(listener.events(1)).containsExactly("data:{\"n\":2}|event:node-lost|id:life-4");
        }
    }

    @Test
    void listener_thatComesAgain_goesOnWhereItWas() throws Exception {
        IntStream.rangeClosed(1, 5).forEach(i -> ring.add(Kind.JOB, "run", "{\"n\":" + i + "}"));
        try (Listener listener = new Listener("", "Last-Event-ID: life-3\r\n")) {
            listener.status();
            assertThat(listener.events(2))
                    .containsExactly("data:{\"n\":4}|event:job|id:life-4", "data:{\"n\":5}|event:job|id:life-5");
        }
        try (Listener listener = new Listener("?after=life-4", "Last-Event-ID: life-1\r\n")) {
            listener.status();
            assertThat(listener.events(1)).containsExactly("data:{\"n\":5}|event:job|id:life-5");
        }
        try (Listener listener = new Listener("?after=0")) {
            listener.status();
            assertThat(listener.events(5)).hasSize(5).first().asString().contains("life-1");
        }
        for (String other : List.of("before-2", "no id at all", "life-99")) {
            try (Listener listener = new Listener("", "Last-Event-ID: " + other + "\r\n")) {
                listener.status();
                assertThat(listener.events(2))
                        .as(other)
                        .containsExactly("data:{}|event:lost", "data:{\"n\":1}|event:job|id:life-1");
            }
        }
    }

    @Test
    void events_areChosenByRunKindAndLevel() throws Exception {
        ring.add(Kind.JOB, "a", "{\"n\":1}");
        ring.add(Kind.JOB, "b", "{\"n\":2}");
        ring.add(Kind.METRICS, "a", "{\"n\":3}");
        ring.add(Kind.LOG, "a", 20_000, "{\"n\":4}");
        ring.add(Kind.LOG, "a", 30_000, "{\"n\":5}");
        ring.add(Kind.JOB, "c", "{\"n\":6}");
        try (Listener listener = new Listener("?after=0&run=a,c&kinds=job,log&level=WARN")) {
            listener.status();
            assertThat(listener.events(3))
                    .extracting(event -> event.substring(5, 12))
                    .containsExactly("{\"n\":1}", "{\"n\":5}", "{\"n\":6}");
        }
    }

    @Test
    void listener_thatDoesNotRead_losesTheOldest_andHoldsUpNobody() throws Exception {
        String large = "x".repeat(1000);
        try (Listener listener = new Listener("")) {
            ring.add(Kind.METRICS, "run", "{\"first\":0}");
            listener.status();
            // 200 MB, which no buffer on the way takes.
            for (int i = 1; i <= 200_000; i++) {
                ring.add(Kind.METRICS, "run", "{\"n\":" + i + ",\"x\":\"" + large + "\"}");
            }
            ring.add(Kind.JOB, "run", "{\"last\":1}");
            List<String> heard = new ArrayList<>();
            while (heard.isEmpty() || !heard.getLast().contains("{\"last\":1}")) {
                heard.addAll(listener.events(1));
            }
            assertThat(heard).hasSizeLessThan(100_000).anyMatch(event -> event.equals("data:{}|event:lost"));
            assertThat(heard).anyMatch(event -> event.contains("{\"n\":200000,"));
        }
    }

    @Test
    void stream_endsAfterItsSeconds_andWithTheServer() throws Exception {
        ring.add(Kind.JOB, "run", "{\"n\":1}");
        String answer =
                RawHttp.exchange(node, "GET " + EVENTS + "?after=0&seconds=1 HTTP/1.1|Host: " + node.getAuthority());
        assertThat(RawHttp.status(answer)).isEqualTo(200);
        assertThat(answer).contains("text/event-stream", "Cache-Control: no-store", "data:{\"n\":1}");
        try (Listener listener = new Listener("")) {
            listener.status();
            ring.close();
            // The last chunk is empty, and the connection stays.
            assertThat(listener.lines.lines().anyMatch("0"::equals)).isTrue();
        }
    }

    @Test
    void listeners_areBounded() throws Exception {
        List<Listener> all = new ArrayList<>();
        try {
            for (int i = 0; i < EventRoutes.MOST_LISTENERS; i++) {
                all.add(new Listener("?after=0"));
                assertThat(all.getLast().status()).contains("200");
            }
            ring.add(Kind.JOB, "run", "{}");
            for (Listener one : all) {
                one.events(1);
            }
            String refused = RawHttp.exchange(node, "GET " + EVENTS + " HTTP/1.1|Host: " + node.getAuthority());
            assertThat(RawHttp.status(refused)).isEqualTo(503);
            assertThat(refused).contains("Retry-After: 10", "64 listen already");
            all.removeFirst().close();
            server.kit.createTestProbe().awaitAssert(() -> {
                ring.add(Kind.JOB, "run", "{}");
                assertThat(RawHttp.status(RawHttp.exchange(
                                node, "GET " + EVENTS + "?seconds=1&after=0 HTTP/1.1|Host: " + node.getAuthority())))
                        .isEqualTo(200);
                return null;
            });
        } finally {
            for (Listener one : all) {
                one.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?kinds=metrics,gossip | kinds has \\\"gossip\\\", and there are metrics, told",
                "?kinds=               | kinds has an empty value",
                "?level=LOUD           | level is \\\"LOUD\\\", and must be one of DEBUG",
                "?seconds=0            | seconds is \\\"0\\\", and must be a whole number from 1",
                "?seconds=1e3          | seconds is \\\"1e3\\\"",
                "?after=yesterday      | after is \\\"yesterday\\\", and must be the id of an event",
                "?since=1              | there is no parameter \\\"since\\\"; there are run, kinds",
                "?kinds=%00            | kinds has \\\"?\\\"",
            })
    void queries_thatAreWrong_areRefusedWithTheRemedy(String query, String words) throws Exception {
        String answer =
                RawHttp.exchange(node, "GET " + EVENTS + query.strip() + " HTTP/1.1|Host: " + node.getAuthority());
        assertThat(RawHttp.status(answer)).isEqualTo(400);
        assertThat(RawHttp.body(answer)).startsWith("{\"error\":\"" + words);
    }
}
