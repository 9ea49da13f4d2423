package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A node with one run, that tells whoever listens what a test says, and refuses to pause jobs. */
final class FakeNode implements AutoCloseable {
    private static final String CUT = "cut";

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    /** What was asked for of events: the query, and the id to go on after. */
    private final BlockingQueue<String> listeners = new LinkedBlockingQueue<>();

    private final List<String> tokens = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private volatile JsonNode status = WatchEvents.status("running");
    private int id;

    private FakeNode(HttpServer server) {
        this.server = server;
    }

    static FakeNode start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        FakeNode node = new FakeNode(server);
        server.createContext("/api/v1/", node::answer);
        server.setExecutor(node.threads);
        server.start();
        return node;
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Tells whoever listens. */
    void tell(String kind, JsonNode data) {
        id++;
        events.add("data:" + data + "\nevent:" + kind + "\nid:life-" + id + "\n\n");
    }

    /** Breaks the connection of whoever listens. */
    void cut() {
        events.add(CUT);
    }

    /** How the run stands from now on, for whoever asks. */
    void stand(JsonNode now) {
        status = now;
    }

    /** Wants a token from now on. */
    void want(String token) {
        tokens.add("Bearer " + token);
    }

    /** The next command that was given; waits for it. */
    String command() throws InterruptedException {
        return String.valueOf(commands.poll(60, TimeUnit.SECONDS));
    }

    /** Who listened next, as query and id; waits for it. */
    String listener() throws InterruptedException {
        return String.valueOf(listeners.poll(60, TimeUnit.SECONDS));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath().substring("/api/v1".length());
            if (!tokens.isEmpty()
                    && !tokens.contains(exchange.getRequestHeaders().getFirst("Authorization"))) {
                json(exchange, 401, WatchEvents.json("{'error':'no'}"));
            } else if (exchange.getRequestMethod().equals("POST")) {
                commands.add(path);
                boolean pause = path.endsWith("/pause");
                json(
                        exchange,
                        pause ? 409 : 200,
                        WatchEvents.json(pause ? "{'error':'the job is done'}" : "{'taken':true}"));
            } else {
                get(exchange, path);
            }
        }
    }

    private void get(HttpExchange exchange, String path) throws IOException {
        switch (path) {
            case "/status" -> {
                var all = JsonNodeFactory.instance.objectNode();
                all.putArray("runs").addObject().put("run", "older").put("state", "done");
                all.withArray("runs")
                        .addObject()
                        .put("run", WatchEvents.RUN)
                        .put("state", status.path("state").asText());
                json(exchange, 200, all);
            }
            case "/runs/study" -> json(exchange, 200, status);
            case "/runs/study/metrics" ->
                json(
                        exchange,
                        200,
                        WatchEvents.json("{'run':'study','split':'train','jobs':[{'job':'topk-k64','available':[],"
                                + "'series':{'loss':{'step':[5],'value':[0.9]}}}]}"));
            case "/nodes" ->
                json(
                        exchange,
                        200,
                        JsonNodeFactory.instance
                                .objectNode()
                                .set(
                                        "nodes",
                                        JsonNodeFactory.instance.arrayNode().add(WatchEvents.node("n1:25520"))));
            case "/events" -> listen(exchange);
            default -> json(exchange, 404, WatchEvents.json("{'error':'no run is named so'}"));
        }
    }

    private void listen(HttpExchange exchange) throws IOException {
        listeners.add(exchange.getRequestURI().getQuery() + " "
                + exchange.getRequestHeaders().getFirst("Last-Event-ID"));
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(": here\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            for (String event = events.take(); !event.equals(CUT); event = events.take()) {
                out.write(event.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void json(HttpExchange exchange, int code, JsonNode body) throws IOException {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
