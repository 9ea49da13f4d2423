package org.unweave.cluster;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.NodeAgent;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.security.NodeKeys;
import org.unweave.config.RunConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.model.Progress;

/**
 * The root of a cluster's node: spawns its agent, and holds the one supervisor if it is its turn. A node whose agent dies
 * ends, so that its jobs go elsewhere.
 */
final class NodeGuardian extends AbstractMatchingBehavior<NodeGuardian.Command> {
    sealed interface Command {}

    /**
     * Has the node take part; it is told once.
     *
     * @param http where it takes commands and serves files, if it does
     */
    record Begin(@Nullable URI http) implements Command {}

    private record AgentGone() implements Command {}

    private static final SupervisionConfig SUPERVISION =
            new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(30), Integer.MAX_VALUE);

    private final NodeOptions options;

    private NodeGuardian(ActorContext<Command> context, NodeOptions options) {
        super(context);
        this.options = options;
        supervisor(context.getSystem(), options);
    }

    static Behavior<Command> create(NodeOptions options) {
        return Behaviors.setup(context -> new NodeGuardian(context, options));
    }

    /** The one supervisor, wherever it is; nodes without its role only speak to it. */
    static ActorRef<Supervisor.Command> supervisor(ActorSystem<?> system, NodeOptions options) {
        Behavior<Supervisor.Command> behavior = Behaviors.setup(inner -> {
            Node.makeJournal(inner.getSystem());
            return Supervisor.create(
                    new NodeHouse(options.runsFolder(), options.cache(), options.hooks()),
                    new JournalForce(options.journal()));
        });
        // Such as a journal that the process before has yet to let go of.
        Behavior<Supervisor.Command> patient = Behaviors.supervise(behavior)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofSeconds(1), Duration.ofSeconds(10), 0.1));
        return ClusterSingleton.get(system)
                .init(SingletonActor.of(patient, "supervisor")
                        .withSettings(
                                ClusterSingletonSettings.create(system).withRole(NodeOptions.Role.SUPERVISOR.word())));
    }

    private void begin(@Nullable URI http) {
        boolean trains = options.has(NodeOptions.Role.TRAINER);
        boolean judges = options.has(NodeOptions.Role.EVALUATOR);
        if (!trains && !judges) {
            return;
        }
        NodeHouse house = new NodeHouse(options.runsFolder(), options.cache(), options.hooks());
        PreparedRuns runs = new PreparedRuns(house::read, (run, files) -> prepare(run, files, http));
        ActorContext<Command> context = getContext();
        Cluster cluster = Cluster.get(context.getSystem());
        String name = cluster.selfMember().address().getHost().orElse("") + ":"
                + cluster.selfMember().address().getPort().orElse(0);
        NodeAgent.Offer offer = new NodeAgent.Offer(
                name,
                name + "#" + cluster.selfMember().uniqueAddress().longUid(),
                trains ? options.slots().cpu() : 0,
                trains ? options.slots().cards() : List.of(),
                trains ? options.slots().refusal() : "",
                judges ? options.evaluators() : 0,
                http == null ? "" : http.toString());
        ActorRef<NodeAgent.Command> agent = context.spawn(NodeAgent.create(offer, SUPERVISION, runs), "node");
        context.watchWith(agent, new AgentGone());
        CoordinatedShutdown.get(context.getSystem())
                .addTask(
                        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
                        "checkpoints",
                        () -> AskPattern.ask(
                                        agent,
                                        NodeAgent.Leave::new,
                                        Duration.ofSeconds(110),
                                        context.getSystem().scheduler())
                                .handle((left, failure) -> Done.getInstance()));
    }

    private PreparedRun prepare(RunConfig run, Supplier<List<String>> files, @Nullable URI own) {
        Peers.Needs needs = new Peers.Needs(options.activations() == NodeOptions.Activations.PULL, options.apart());
        if (needs.equals(Peers.Needs.NOTHING)) {
            return PreparedRun.prepare(run, Progress.NONE);
        }
        Peers peers = new Peers(files, own, needs, this::connect);
        try {
            return PreparedRun.prepare(run, peers, Progress.NONE);
        } catch (RuntimeException | Error e) {
            peers.close();
            throw e;
        }
    }

    private ControlClient connect(URI node) {
        NodeKeys keys = options.keys();
        return ControlClient.of(
                keys == null
                        ? new ControlClient.Access(node, null, null, options.insecure())
                        : new ControlClient.Access(
                                node,
                                keys.token().isPresent() ? keys.tokenFile() : null,
                                keys.authorityFile(),
                                options.insecure()));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Begin told -> {
                begin(told.http());
                yield this;
            }
            case AgentGone gone -> {
                getContext().getLog().error("the actor \"node\" has died, so this node ends");
                yield Behaviors.stopped();
            }
        };
    }
}
