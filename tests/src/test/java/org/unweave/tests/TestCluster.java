package org.unweave.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/** Nodes of a cluster, each a process of its own that can be killed and started again. */
final class TestCluster implements AutoCloseable {
    static final List<String> ALL_ROLES = List.of("supervisor", "trainer", "evaluator", "web");
    private static final Pattern SUPERVISOR = Pattern.compile(" is supervisor (\\d+)");
    private static final int PORT = 25520;
    private static final int HTTP = 8558;

    /**
     * What a node is started with.
     *
     * @param jvmOptions further ones of its JVM
     * @param options further ones, and others in place of the usual: each with its value
     */
    record Plan(List<String> roles, List<String> jvmOptions, List<String> options) {
        /** Of all roles, and nothing else. */
        static final Plan USUAL = new Plan(ALL_ROLES, List.of());

        Plan(List<String> roles, List<String> options) {
            this(roles, List.of(), options);
        }

        private boolean works() {
            return roles.contains("trainer") || roles.contains("evaluator");
        }
    }

    private final Path folder;
    private final Path cache;
    private final List<Node> nodes = new ArrayList<>();

    /** A node, and the machine and the ports that are its own for good. */
    final class Node {
        private final Machine machine;
        private final int port;
        private final int http;
        private final Plan plan;
        private final @Nullable Path keys;
        private @Nullable RunProcess process;

        private Node(Machine machine, int port, int http, Plan plan, @Nullable Path keys) {
            this.machine = machine;
            this.port = port;
            this.http = http;
            this.plan = plan;
            this.keys = keys;
        }

        Machine machine() {
            return machine;
        }

        String name() {
            return machine.host() + ":" + port;
        }

        String url() {
            return (keys == null ? "http://" : "https://") + machine.host() + ":" + http;
        }

        /** The options of a command to it. */
        List<String> access() {
            List<String> access = new ArrayList<>(List.of("--node", url()));
            if (keys != null) {
                access.addAll(List.of("--ca", keys.resolve("ca.crt").toString()));
                access.addAll(List.of("--token-file", keys.resolve("token").toString()));
            }
            return access;
        }

        RunProcess process() {
            if (process == null) {
                throw new IllegalStateException(name() + " was never started");
            }
            return process;
        }

        void start() throws IOException {
            List<String> arguments = new ArrayList<>(List.of("node"));
            Map<String, String> usual = new TreeMap<>(Map.of(
                    "--role", String.join(",", plan.roles()),
                    "--bind", name(),
                    "--http", machine.host() + ":" + http,
                    "--seed", String.join(",", nodes.stream().map(Node::name).toList()),
                    "--slots", "1",
                    "--runs", runs().toString(),
                    "--cache", cache.toString(),
                    "--stable-after", "4"));
            if (keys != null) {
                usual.put("--keys", keys.toString());
            }
            usual.forEach((option, value) -> {
                if (!plan.options().contains(option)) {
                    arguments.addAll(List.of(option, value));
                }
            });
            arguments.addAll(plan.options());
            process = RunProcess.start(machine, folder, Map.of(), plan.jvmOptions(), arguments);
        }

        private boolean serves() {
            return plan.roles().contains("web");
        }

        void kill() throws InterruptedException {
            process().kill();
        }

        String log() {
            int given = plan.options().indexOf("--runs");
            Path own = given < 0 ? runs() : Path.of(plan.options().get(given + 1));
            Path file = own.resolve(".nodes/" + name().replace(':', '_') + ".log");
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

        @Override
        public String toString() {
            return name();
        }
    }

    private TestCluster(Path folder, Path cache) {
        this.folder = folder;
        this.cache = cache;
    }

    /** Starts as many nodes of all roles on this machine, which share a folder of runs. */
    static TestCluster start(Path folder, Path cache, int count) throws IOException, InterruptedException {
        return start(folder, cache, Collections.nCopies(count, Plan.USUAL));
    }

    /** The same of nodes by plan; waits until all that serve answer, and know the others. */
    static TestCluster start(Path folder, Path cache, List<Plan> plans) throws IOException, InterruptedException {
        TestCluster cluster = new TestCluster(Files.createDirectories(folder), cache);
        List<Integer> ports = Fork.freePorts(2 * plans.size());
        for (Plan plan : plans) {
            int at = 2 * cluster.nodes.size();
            cluster.nodes.add(cluster.new Node(Machine.LOOPBACK, ports.get(at), ports.get(at + 1), plan, null));
        }
        return cluster.begin();
    }

    /** Starts a node of all roles on each of these machines, which reach each other and are commanded by TLS. */
    static TestCluster start(Path folder, Path cache, Namespaces namespaces) throws IOException, InterruptedException {
        TestCluster cluster = new TestCluster(Files.createDirectories(folder), cache);
        for (Machine machine : namespaces.machines()) {
            String name = "node" + (cluster.nodes.size() + 1);
            Path keys = folder.resolve("keys");
            CommandLine made =
                    CommandLine.execute("keys", "--folder", keys.toString(), "--node", name, "--host", machine.host());
            if (made.exitCode() != 0) {
                throw new AssertionError(made.toString());
            }
            cluster.nodes.add(cluster.new Node(machine, PORT, HTTP, Plan.USUAL, keys.resolve(name)));
        }
        return cluster.begin();
    }

    private TestCluster begin() throws IOException, InterruptedException {
        try {
            for (Node node : nodes) {
                node.start();
            }
            for (Node node : nodes) {
                if (node.serves()) {
                    awaitAnswer(node);
                    awaitWhole(node.process(), node);
                }
            }
            return this;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Waits until all nodes that work are known, and all that serve are full members: one that is joining still does not
     * count where nodes are lost and a majority has to go on. Ends with the process too.
     */
    void awaitWhole(RunProcess process, Node asked) throws InterruptedException {
        long working = nodes.stream().filter(node -> node.plan.works()).count();
        process.await(() -> nodesSeenBy(asked) == working
                && nodes.stream().filter(Node::serves).allMatch(this::isMember));
    }

    private boolean isMember(Node node) {
        try (ControlClient client = client(node)) {
            client.get("/ready");
            return true;
        } catch (ControlException notYet) {
            return false;
        }
    }

    /** Waits until a node has the supervisor's answers. */
    void awaitAnswer(Node node) throws InterruptedException {
        node.process().await(() -> nodesSeenBy(node) >= 0);
        if (!node.process().alive()) {
            throw new AssertionError("a node has ended:\n" + node.process() + node.log());
        }
    }

    Path runs() {
        return folder.resolve("runs");
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Has a node do something by a command that ends, as {@code ctl pause}. */
    CommandLine command(Node node, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.addAll(node.access());
        return CommandLine.execute(arguments.toArray(String[]::new));
    }

    /** Submits a run to a node, and follows it. */
    RunProcess submit(Node node, List<String> overrides) throws IOException {
        List<String> arguments =
                new ArrayList<>(CommandLine.smoke("run", folder.resolve("elsewhere"), cache, overrides));
        arguments.set(0, "submit");
        arguments.addAll(node.access());
        return RunProcess.start(folder, Map.of(), arguments);
    }

    /** What the supervisor says of nodes and runs, as this node hears of it; missing while there is no answer. */
    JsonNode status(Node node) {
        try (ControlClient client = client(node)) {
            return client.get("/api/v1/status");
        } catch (ControlException noAnswer) {
            return MissingNode.getInstance();
        }
    }

    /** Nodes that the supervisor knows, as this node hears of it; -1 while there is no answer. */
    int nodesSeenBy(Node node) {
        JsonNode status = status(node);
        return status.isMissingNode() ? -1 : status.path("nodes").size();
    }

    ControlClient client(Node node) {
        Path keys = node.keys;
        return ControlClient.of(
                keys == null
                        ? new ControlClient.Access(URI.create(node.url()), null, null, false)
                        : new ControlClient.Access(
                                URI.create(node.url()), keys.resolve("token"), keys.resolve("ca.crt"), false));
    }

    /** One that is none of these. */
    Node other(Node... without) {
        return nodes.stream()
                .filter(node -> !List.of(without).contains(node))
                .findFirst()
                .orElseThrow();
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
