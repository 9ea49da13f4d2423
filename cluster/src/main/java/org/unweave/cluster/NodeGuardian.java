package org.unweave.cluster;

import java.time.Duration;
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
import org.unweave.actors.NodeAgent;
import org.unweave.actors.Supervisor;
import org.unweave.config.SupervisionConfig;
import org.unweave.model.Progress;

/**
 * The root of a cluster's node: spawns its agent, and holds the one supervisor if it is its turn. A node whose agent dies
 * ends, so that its jobs go elsewhere.
 */
final class NodeGuardian extends AbstractMatchingBehavior<NodeGuardian.Command> {
    sealed interface Command {}

    private record AgentGone() implements Command {}

    private static final SupervisionConfig SUPERVISION =
            new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(30), Integer.MAX_VALUE);

    private NodeGuardian(ActorContext<Command> context, NodeOptions options) {
        super(context);
        supervisor(context.getSystem(), options);
        boolean trains = options.has(NodeOptions.Role.TRAINER);
        boolean judges = options.has(NodeOptions.Role.EVALUATOR);
        if (trains || judges) {
            NodeHouse house = new NodeHouse(options.runsFolder(), options.cache());
            PreparedRuns runs = new PreparedRuns(house::read, run -> PreparedRun.prepare(run, Progress.NONE));
            agent(context, options, runs, trains, judges);
        }
    }

    static Behavior<Command> create(NodeOptions options) {
        return Behaviors.setup(context -> new NodeGuardian(context, options));
    }

    /** The one supervisor, wherever it is; nodes without its role only speak to it. */
    static ActorRef<Supervisor.Command> supervisor(ActorSystem<?> system, NodeOptions options) {
        Behavior<Supervisor.Command> behavior = Behaviors.setup(inner -> {
            Node.makeJournal(inner.getSystem());
            return Supervisor.create(
                    new NodeHouse(options.runsFolder(), options.cache()), new JournalForce(options.journal()));
        });
        // Such as a journal that the process before has yet to let go of.
        Behavior<Supervisor.Command> patient = Behaviors.supervise(behavior)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofSeconds(1), Duration.ofSeconds(10), 0.1));
        return ClusterSingleton.get(system)
                .init(SingletonActor.of(patient, "supervisor")
                        .withSettings(
                                ClusterSingletonSettings.create(system).withRole(NodeOptions.Role.SUPERVISOR.word())));
    }

    private void agent(
            ActorContext<Command> context, NodeOptions options, PreparedRuns runs, boolean trains, boolean judges) {
        Cluster cluster = Cluster.get(context.getSystem());
        String name = cluster.selfMember().address().getHost().orElse("") + ":"
                + cluster.selfMember().address().getPort().orElse(0);
        NodeAgent.Offer offer = new NodeAgent.Offer(
                name,
                name + "#" + cluster.selfMember().uniqueAddress().longUid(),
                trains ? options.cpuSlots() : 0,
                judges ? options.evaluators() : 0);
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

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case AgentGone gone -> {
                getContext().getLog().error("the actor \"node\" has died, so this node ends");
                yield Behaviors.stopped();
            }
        };
    }
}
