package org.unweave.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.persistence.jdbc.testkit.javadsl.SchemaUtils;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.http.HttpServer;
import org.unweave.cluster.http.ReportRoutes;
import org.unweave.cluster.security.Exposure;
import org.unweave.cluster.security.NodeKeys;

/** A node of a cluster, in this process, until it leaves or is told to. */
public final class Node implements AutoCloseable {
    /** The name of all nodes' actor systems: a part of their addresses. */
    private static final String SYSTEM = "unweave";

    private final ActorSystem<NodeGuardian.Command> system;
    private final NodeOptions options;
    private @Nullable URI http;

    private Node(ActorSystem<NodeGuardian.Command> system, NodeOptions options) {
        this.system = system;
        this.options = options;
    }

    /** Starts a node; it joins its cluster by and by. */
    public static Node start(NodeOptions options) {
        requireGuarded(options);
        try {
            Files.createDirectories(options.runsFolder());
            if (options.journal().url().startsWith("jdbc:h2:file:")) {
                Files.createDirectories(options.runsFolder().resolve(".supervisor"));
            }
        } catch (IOException e) {
            throw new RunException(
                    "the folder " + options.runsFolder() + " cannot be made (" + e + "); make it writable, or choose"
                            + " another by --runs",
                    e);
        }
        ActorSystem<NodeGuardian.Command> system;
        try {
            system = ActorSystem.create(NodeGuardian.create(options), SYSTEM, config(options));
        } catch (RuntimeException e) {
            throw new RunException(
                    "the node cannot listen at " + options.address() + " (" + rootCause(e) + "); choose another port by"
                            + " --bind",
                    e);
        }
        Node node = new Node(system, options);
        Joining.begin(system, options);
        if (options.has(NodeOptions.Role.WEB)) {
            node.serve();
        }
        system.tell(new NodeGuardian.Begin(node.http));
        return node;
    }

    private void serve() {
        NodeKeys keys = options.keys();
        ActorRef<Supervisor.Command> supervisor = NodeGuardian.supervisor(system, options);
        HttpServer.Settings settings = new HttpServer.Settings(
                options.http().host(),
                options.http().port(),
                List.of(),
                keys,
                keys == null ? null : keys.token().orElse(null),
                options.insecure());
        try {
            http = HttpServer.start(system, settings, this::notReady, routes(supervisor))
                    .toCompletableFuture()
                    .join()
                    .address();
        } catch (CompletionException e) {
            close();
            throw new RunException(String.valueOf(rootCause(e).getMessage()), e);
        }
    }

    private List<Route> routes(ActorRef<Supervisor.Command> supervisor) {
        List<Route> routes = new ArrayList<>(
                Serving.routes(system, supervisor, options.apart() ? null : options.runsFolder(), served()));
        if (!options.apart()) {
            routes.add(ReportRoutes.of(options.runsFolder()));
        }
        return routes;
    }

    private Map<String, Path> served() {
        Path activations = options.cache().resolve(PeerShards.ROOT);
        return options.apart()
                ? Map.of(PeerShards.ROOT, activations)
                : Map.of(PeerShards.ROOT, activations, PulledRun.ROOT, options.runsFolder());
    }

    private Optional<String> notReady() {
        MemberStatus status = Cluster.get(system).selfMember().status();
        return status.equals(MemberStatus.up())
                ? Optional.empty()
                : Optional.of("the node is " + status + " in its cluster, not up");
    }

    private static void requireGuarded(NodeOptions options) {
        NodeKeys keys = options.keys();
        String host = options.address().host();
        Exposure.requireGuardedCluster(host, keys != null, options.insecure());
        if (keys != null) {
            keys.requireHost(host);
        }
        if (options.has(NodeOptions.Role.WEB)) {
            Exposure.requireGuardedHttp(
                    options.http().host(),
                    keys != null,
                    keys != null && keys.token().isPresent(),
                    options.insecure());
        }
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static Config config(NodeOptions options) {
        NodeOptions.Address address = options.address();
        Map<String, Object> given = new HashMap<>(Joining.settings(options));
        given.put("pekko.remote.artery.canonical.hostname", address.host());
        given.put("pekko.remote.artery.canonical.port", address.port());
        given.put(
                "pekko.cluster.roles",
                options.roles().stream().map(NodeOptions.Role::word).toList());
        given.put(
                "pekko.cluster.split-brain-resolver.stable-after",
                options.stableAfter().toMillis() + "ms");
        String database = "pekko-persistence-jdbc.shared-databases.slick.";
        given.put(database + "db.url", options.journal().url());
        given.put(database + "db.user", options.journal().user());
        if (options.journal().postgresql()) {
            given.put(database + "profile", "slick.jdbc.PostgresProfile$");
            given.put(database + "db.driver", "org.postgresql.Driver");
        }
        if (!options.journal().passwordFile().isEmpty()) {
            given.put(
                    database + "db.password", password(Path.of(options.journal().passwordFile())));
        }
        NodeKeys keys = options.keys();
        return ConfigFactory.parseMap(given, "the command line")
                .withFallback(keys == null ? ConfigFactory.empty() : keys.artery())
                .withFallback(ConfigFactory.parseResources("application-node.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
    }

    private static String password(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new RunException(
                    "the journal's password cannot be read from " + file + " (" + e + "); give a file that has it by"
                            + " --journal-password-file",
                    e);
        }
    }

    /** Makes the journal's tables where they are not there; called by whichever node's supervisor begins. */
    static void makeJournal(ActorSystem<?> system) {
        try {
            SchemaUtils.createIfNotExists(system).toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("the journal's tables were not made", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new RunException(
                    "the journal cannot be opened (" + rootCause(e) + "); give its place by --journal, and its"
                            + " password by --journal-password-file",
                    e);
        }
    }

    /** Where it listens. */
    public NodeOptions.Address address() {
        org.apache.pekko.actor.Address own = Cluster.get(system).selfMember().address();
        return new NodeOptions.Address(
                own.getHost().orElse(options.address().host()), own.getPort().orElse(0));
    }

    /** What it offers, in words. */
    public String offer() {
        List<String> parts = options.roles().stream()
                .sorted()
                .map(role -> switch (role) {
                    case TRAINER -> "trainer (" + options.slots() + ")";
                    case EVALUATOR -> "evaluator (" + options.evaluators() + ")";
                    case SUPERVISOR, WEB -> role.word();
                })
                .toList();
        return String.join(", ", parts) + (http == null ? "" : "; commands at " + http);
    }

    /** Waits until the node has left. */
    public void join() {
        try {
            system.getWhenTerminated().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new RunException("the node has ended: " + rootCause(e), e);
        }
    }

    /** Has the node write its checkpoints, leave, and end. */
    @Override
    public void close() {
        system.terminate();
        join();
    }
}
