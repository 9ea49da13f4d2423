package org.unweave.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/** Nodes of a cluster on this machine, each a process of its own that can be killed and started again. */
final class TestCluster implements AutoCloseable {
    private static final Pattern SUPERVISOR = Pattern.compile(" is supervisor (\\d+)");

    private final Path folder;
    private final List<String> options;
    private final List<Node> nodes = new ArrayList<>();

    /** A node, and the ports that are its own for good. */
    final class Node {
        private final int port;
        private final int http;
        private final Path cache;
        private final List<String> roles;
        private RunProcess process;

        private Node(int port, int http, Path cache, List<String> roles) {
            this.port = port;
            this.http = http;
            this.cache = cache;
            this.roles = roles;
        }

        String name() {
            return "127.0.0.1:" + port;
        }

        String url() {
            return "http://127.0.0.1:" + http;
        }

        RunProcess process() {
            return process;
        }

        void start() throws IOException {
            List<String> arguments = new ArrayList<>(List.of(
                    "node",
                    "--role",
                    String.join(",", roles),
                    "--bind",
                    name(),
                    "--http",
                    "127.0.0.1:" + http,
                    "--seed",
                    String.join(",", nodes.stream().map(Node::name).toList()),
                    "--slots",
                    "1",
                    "--runs",
                    runs().toString(),
                    "--cache",
                    cache.toString(),
                    "--stable-after",
                    "4"));
            arguments.addAll(options);
            process = RunProcess.start(folder, Map.of(), arguments);
        }

        void kill() throws InterruptedException {
            process.kill();
        }

        String log() {
            Path file = runs().resolve(".nodes/127.0.0.1_" + port + ".log");
            try {
                return Files.exists(file) ? Files.readString(file) : "";
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The number of the last supervisor that was here. */
        private OptionalInt term() {
            Matcher found = SUPERVISOR.matcher(log());
            return found.results()
                    .mapToInt(result -> Integer.parseInt(result.group(1)))
                    .max();
        }
    }

    private TestCluster(Path folder, List<String> options) {
        this.folder = folder;
        this.options = List.copyOf(options);
    }

    /** Starts as many nodes of all roles, which share a folder of runs. */
    static TestCluster start(Path folder, Path cache, int count) throws IOException, InterruptedException {
        return start(folder, cache, count, List.of("supervisor", "trainer", "evaluator", "web"), List.of());
    }

    /** The same of nodes with these roles and further options. */
    static TestCluster start(Path folder, Path cache, int count, List<String> roles, List<String> options)
            throws IOException, InterruptedException {
        return start(folder, Collections.nCopies(count, cache), roles, options);
    }

    /** The same, each node with a cache of its own; waits until all answer, and know the others. */
    static TestCluster start(Path folder, List<Path> caches, List<String> roles, List<String> options)
            throws IOException, InterruptedException {
        TestCluster cluster = new TestCluster(Files.createDirectories(folder), options);
        int count = caches.size();
        List<Integer> ports = freePorts(2 * count);
        for (int i = 0; i < count; i++) {
            cluster.nodes.add(cluster.new Node(ports.get(2 * i), ports.get(2 * i + 1), caches.get(i), roles));
        }
        for (Node node : cluster.nodes) {
            node.start();
        }
        int working = roles.contains("trainer") || roles.contains("evaluator") ? count : 0;
        for (Node node : cluster.nodes) {
            cluster.awaitAnswer(node);
            node.process().await(() -> cluster.nodesSeenBy(node) == working);
        }
        return cluster;
    }

    /** Waits until a node has the supervisor's answers. */
    void awaitAnswer(Node node) throws InterruptedException {
        node.process().await(() -> nodesSeenBy(node) >= 0);
        if (!node.process().alive()) {
            throw new AssertionError("a node has ended:\n" + node.process() + node.log());
        }
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0);
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    Path runs() {
        return folder.resolve("runs");
    }

    List<Node> nodes() {
        return nodes;
    }

    /** Nodes that the supervisor knows, as this node hears of it; -1 while there is no answer. */
    int nodesSeenBy(Node node) {
        try (ControlClient client = client(node)) {
            return client.get("/api/v1/status").path("nodes").size();
        } catch (ControlException notYet) {
            return -1;
        }
    }

    ControlClient client(Node node) {
        return ControlClient.of(new ControlClient.Access(URI.create(node.url()), null, null, false));
    }

    /** The node that has the supervisor, as far as the logs tell. */
    Node supervisor() {
        return nodes.stream()
                .filter(node -> node.term().isPresent())
                .max(Comparator.comparingInt(node -> node.term().orElse(0)))
                .orElseThrow();
    }

    /** What a service manager does: starts again whichever node has ended, as one does that was given up by the others. */
    void startEnded() {
        for (Node node : nodes) {
            if (!node.process().alive()) {
                try {
                    node.start();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    String logs() {
        StringBuilder all = new StringBuilder();
        for (Node node : nodes) {
            all.append("--- ").append(node.name()).append('\n').append(node.log());
        }
        return all.toString();
    }

    @Override
    public void close() {
        nodes.forEach(node -> {
            if (node.process != null) {
                node.process.close();
            }
        });
    }
}
