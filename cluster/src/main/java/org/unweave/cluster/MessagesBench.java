package org.unweave.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.NodeAgent;
import org.unweave.actors.Supervisor;
import org.unweave.actors.Wire;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.file.Durable;

/** Times messages in this process: written and read, told, asked for, kept in the journal, sent from system to system. */
public final class MessagesBench implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String RUN = "bench";
    private static final int JOBS = 8;
    // Messages that are on their way at once: Artery's queue drops those beyond 3072.
    private static final int WINDOW = 256;
    private static final int HELD = 16;

    /**
     * How quick one kind is.
     *
     * @param what in a few words
     * @param messages that were timed
     * @param perSecond messages
     * @param bytes of one on the wire; 0 where there is none
     */
    public record Rate(String what, int messages, double perSecond, int bytes) {}

    private final int messages;
    private final int commands;
    private final Path folder;
    private final ActorSystem<SpawnProtocol.Command> system;
    private final Set<String> paused = ConcurrentHashMap.newKeySet();

    private MessagesBench(int messages, int commands) throws IOException {
        this.messages = messages;
        this.commands = commands;
        this.folder = Files.createTempDirectory("unweave-bench");
        this.system = ActorSystem.create(
                SpawnProtocol.create(),
                "bench",
                config(Map.of("pekko.actor.provider", "local", "pekko.persistence.journal.plugin", "jdbc-journal")));
    }

    /**
     * Times all kinds, each after a fifth as many messages that are not timed.
     *
     * @param messages of each kind that stays in memory
     * @param commands of each kind that is forced to the disk
     */
    public static List<Rate> run(int messages, int commands) {
        try (MessagesBench bench = new MessagesBench(messages, commands)) {
            List<Rate> rates = new ArrayList<>(bench.written());
            rates.add(bench.told());
            rates.addAll(bench.commanded());
            rates.add(bench.sent());
            return rates;
        } catch (IOException e) {
            throw new UncheckedIOException("the bench needs a temporary folder", e);
        }
    }

    private NodeOptions.JournalPlace journal() {
        return NodeOptions.JournalPlace.file(folder);
    }

    // A node's, with the journal of a node, but in no cluster, and a process that goes on when the system has ended.
    private Config config(Map<String, Object> given) {
        return ConfigFactory.parseMap(given)
                .withFallback(ConfigFactory.parseMap(Map.of(
                        "pekko.loglevel", "ERROR",
                        "pekko.jvm-exit-on-fatal-error", "off",
                        "pekko.coordinated-shutdown.exit-jvm", "off",
                        "pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", "off",
                        "pekko-persistence-jdbc.shared-databases.slick.db.url",
                                journal().url(),
                        "pekko-persistence-jdbc.shared-databases.slick.db.user",
                                journal().user())))
                .withFallback(ConfigFactory.parseResources("application-node.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
    }

    /** Does something so many times, after a fifth as often without a clock. */
    private static Rate timed(String what, int times, int messagesEach, int bytes, Times action) {
        action.of(Math.max(1, times / 5));
        long start = System.nanoTime();
        action.of(times);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Rate(what, times * messagesEach, times * messagesEach / seconds, bytes);
    }

    private interface Times {
        void of(int count);
    }

    // ---- written and read

    private List<Rate> written() {
        return List.of(
                written("an order to a trainer", order()),
                written("a measurement", metrics(0)),
                written("a node's word, of " + HELD + " jobs", hello()));
    }

    /** The one that a node's configuration binds the message to. */
    private SerializerWithStringManifest serializer(Wire message) {
        return (SerializerWithStringManifest)
                SerializationExtension.get(Adapter.toClassic(system)).findSerializerFor(message);
    }

    private Rate written(String what, Wire message) {
        SerializerWithStringManifest serializer = serializer(message);
        int bytes = serializer.toBinary(message).length;
        return timed(what + ", written and read", messages, 1, bytes, times -> {
            for (int i = 0; i < times; i++) {
                try {
                    serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
                } catch (NotSerializableException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    private static NodeAgent.Tell order() {
        return new NodeAgent.Tell(RUN, "topk-seed1", 3, NodeAgent.Order.PAUSE);
    }

    private static MetricsHub.JobMetrics metrics(long step) {
        return new MetricsHub.JobMetrics(
                RUN,
                "topk-seed1",
                3,
                "train",
                step,
                10_000,
                step * 2048,
                12.5,
                0.25,
                Map.of("reconstruction", 0.24, "auxk", 0.01),
                Map.of("auxk", 0.1),
                Map.of(),
                32,
                0.8,
                0.01,
                1e-3,
                20_000,
                new MetricsHub.Spent(10, 1, 1, 0, 0.5, 0));
    }

    private Supervisor.Hello hello() {
        NodeAgent.Offer offer =
                new NodeAgent.Offer("127.0.0.1:25520", "127.0.0.1:25520#1", 2, 1, "http://127.0.0.1:8558");
        List<NodeAgent.Held> held = IntStream.range(0, HELD)
                .mapToObj(i -> new NodeAgent.Held(RUN, "topk-seed" + i, 3, 1000 + i, 0, false, ""))
                .toList();
        return new Supervisor.Hello(offer, 1, system.ignoreRef(), 1, system.ignoreRef(), held, List.of(), List.of(RUN));
    }

    // ---- told

    private <T> ActorRef<T> spawn(ActorSystem<SpawnProtocol.Command> where, Behavior<T> behavior, String name) {
        return AskPattern.<SpawnProtocol.Command, ActorRef<T>>ask(
                        where,
                        replyTo -> new SpawnProtocol.Spawn<>(behavior, name, Props.empty(), replyTo),
                        PATIENCE,
                        where.scheduler())
                .toCompletableFuture()
                .join();
    }

    private static Behavior<MetricsHub.JobMetrics> echo(ActorRef<MetricsHub.JobMetrics> back) {
        return Behaviors.receiveMessage(message -> {
            back.tell(message);
            return Behaviors.same();
        });
    }

    /** Sends, keeps a window of messages on their way, and is done when all have come back. */
    private static final class Pump {
        private int left;
        private int awaited;
        private CompletableFuture<Void> done = CompletableFuture.completedFuture(null);

        private Behavior<MetricsHub.JobMetrics> behavior(CompletableFuture<ActorRef<MetricsHub.JobMetrics>> echo) {
            return Behaviors.receiveMessage(message -> {
                synchronized (this) {
                    awaited--;
                    if (left > 0) {
                        left--;
                        echo.join().tell(message);
                    } else if (awaited == 0) {
                        done.complete(null);
                    }
                }
                return Behaviors.same();
            });
        }

        private void run(int messages, ActorRef<MetricsHub.JobMetrics> echo) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            synchronized (this) {
                done = end;
                awaited = messages;
                left = Math.max(0, messages - WINDOW);
                for (int i = left; i < messages; i++) {
                    echo.tell(metrics(i));
                }
            }
            end.join();
        }
    }

    private Rate told() {
        Pump pump = new Pump();
        CompletableFuture<ActorRef<MetricsHub.JobMetrics>> echo = new CompletableFuture<>();
        ActorRef<MetricsHub.JobMetrics> sender = spawn(system, pump.behavior(echo), "sender");
        echo.complete(spawn(system, echo(sender), "echo"));
        return timed("told from actor to actor, there and back", messages, 2, 0, times -> pump.run(times, echo.join()));
    }

    /** From system to system, each with a port of its own on loopback. */
    private Rate sent() {
        ActorSystem<SpawnProtocol.Command> here = remote("here");
        ActorSystem<SpawnProtocol.Command> there = remote("there");
        try {
            Pump pump = new Pump();
            CompletableFuture<ActorRef<MetricsHub.JobMetrics>> echo = new CompletableFuture<>();
            ActorRef<MetricsHub.JobMetrics> sender = spawn(here, pump.behavior(echo), "sender");
            ActorRef<MetricsHub.JobMetrics> behind = spawn(there, echo(moved(sender, here, there)), "echo");
            echo.complete(moved(behind, there, here));
            int bytes = serializer(metrics(0)).toBinary(metrics(0)).length;
            return timed(
                    "sent to another actor system over loopback, and back",
                    Math.max(1, messages / 4),
                    2,
                    bytes,
                    times -> pump.run(times, echo.join()));
        } finally {
            end(here);
            end(there);
        }
    }

    private ActorSystem<SpawnProtocol.Command> remote(String name) {
        return ActorSystem.create(
                SpawnProtocol.create(),
                name,
                config(Map.of(
                        "pekko.actor.provider", "remote",
                        "pekko.remote.artery.canonical.hostname", "127.0.0.1",
                        "pekko.remote.artery.canonical.port", 0)));
    }

    private static <T> ActorRef<T> moved(ActorRef<T> ref, ActorSystem<?> from, ActorSystem<?> to) {
        return ActorRefResolver.get(to)
                .resolveActorRef(ActorRefResolver.get(from).toSerializationFormat(ref));
    }

    // ---- commands

    // The jobs wait for a node, so that a command is one entry of the journal and no more.
    private List<Rate> commanded() {
        Node.makeJournal(system);
        RunConfig run = ConfigReader.read(
                "smoke",
                List.of(
                        "name=" + RUN,
                        "runs-folder=" + ConfigUtil.quoteString(folder.toString()),
                        "jobs=[{ variant = topk, seed = "
                                + IntStream.range(0, JOBS).boxed().toList() + " }]"),
                Clock.systemUTC());
        ActorRef<Supervisor.Command> supervisor = spawn(
                system, Supervisor.create(new OneRun(run, new RunHooks()), new JournalForce(journal())), "supervisor");
        taken(supervisor, replyTo -> new Supervisor.Submit(ConfigReader.render(run), replyTo));
        List<String> jobs = run.jobs().stream().map(job -> job.name()).toList();
        return List.of(
                timed("asked of the supervisor: how a run stands", Math.max(1, messages / 10), 1, 0, times -> {
                    for (int i = 0; i < times; i++) {
                        ask(supervisor, (ActorRef<Supervisor.Status> replyTo) -> new Supervisor.GetStatus(RUN, replyTo))
                                .join();
                    }
                }),
                timed(
                        "commands, each forced to the disk, one at a time",
                        commands,
                        1,
                        0,
                        times -> toggle(supervisor, jobs.getFirst(), times)),
                timed("the same, " + JOBS + " at a time", Math.ceilDiv(commands, JOBS), JOBS, 0, times -> {
                    List<CompletableFuture<Void>> all = jobs.stream()
                            .map(job -> CompletableFuture.runAsync(
                                    () -> toggle(supervisor, job, times),
                                    task -> Thread.ofVirtual().start(task)))
                            .toList();
                    all.forEach(CompletableFuture::join);
                }));
    }

    // Pauses and resumes, each one entry of the journal.
    private void toggle(ActorRef<Supervisor.Command> supervisor, String job, int times) {
        for (int i = 0; i < times; i++) {
            boolean pause = paused.add(job);
            if (!pause) {
                paused.remove(job);
            }
            taken(
                    supervisor,
                    replyTo -> pause
                            ? new Supervisor.PauseJob(RUN, job, replyTo)
                            : new Supervisor.ResumeJob(RUN, job, replyTo));
        }
    }

    private void taken(
            ActorRef<Supervisor.Command> supervisor,
            Function<ActorRef<Supervisor.Answer>, Supervisor.Command> command) {
        Supervisor.Answer answer = ask(supervisor, command).join();
        if (!answer.taken()) {
            throw new RunException("the supervisor refuses: " + answer.problem());
        }
    }

    private <T> CompletableFuture<T> ask(
            ActorRef<Supervisor.Command> supervisor, Function<ActorRef<T>, Supervisor.Command> command) {
        return AskPattern.<Supervisor.Command, T>ask(supervisor, command::apply, PATIENCE, system.scheduler())
                .toCompletableFuture();
    }

    private static void end(ActorSystem<?> one) {
        one.terminate();
        try {
            one.getWhenTerminated().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new RunException("the actors of the bench do not end: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        end(system);
        Durable.deleteRecursively(folder);
    }
}
