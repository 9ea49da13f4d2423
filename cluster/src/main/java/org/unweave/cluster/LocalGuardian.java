package org.unweave.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.NodeAgent;
import org.unweave.actors.NodeRuns;
import org.unweave.actors.Supervisor;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.model.Progress;

/**
 * The root of a run in one process: a supervisor and a node of its own, which end with the run.
 *
 * <p>If one of its own children dies, the run cannot go on: the outcome is that failure. What was on the disk stays.
 */
final class LocalGuardian extends AbstractMatchingBehavior<LocalGuardian.Command> {
    sealed interface Command {}

    /** Has the run write its checkpoints and end. */
    enum Stop implements Command {
        INSTANCE
    }

    private record Submitted(Supervisor.Answer answer) implements Command {}

    private record Ended(Supervisor.RunEnded outcome) implements Command {}

    private record ChildGone(String child) implements Command {}

    private final CompletableFuture<Supervisor.RunEnded> outcome;
    private final String run;
    private final ActorRef<Supervisor.Command> supervisor;

    private LocalGuardian(
            ActorContext<Command> context,
            RunConfig config,
            NodeRuns runs,
            RunHooks hooks,
            Progress progress,
            @Nullable LocalHttp http,
            CompletableFuture<Supervisor.RunEnded> outcome) {
        super(context);
        this.outcome = outcome;
        this.run = config.name();
        this.supervisor = child(Supervisor.create(new OneRun(config, hooks)), "supervisor");
        NodeAgent.Offer offer = new NodeAgent.Offer(
                "local",
                "local",
                config.slots().cpu(),
                config.slots().device() == SlotsConfig.Kind.CUDA
                        ? config.slots().cuda()
                        : List.of(),
                "",
                config.slots().evaluators(),
                "");
        child(NodeAgent.create(offer, config.supervision(), runs), "node");
        child(
                RunWatcher.create(
                        config, progress, supervisor, context.messageAdapter(Supervisor.RunEnded.class, Ended::new)),
                "watch");
        if (http != null) {
            http.start(context.getSystem(), supervisor, config);
        }
        supervisor.tell(new Supervisor.Submit(
                ConfigReader.render(config), context.messageAdapter(Supervisor.Answer.class, Submitted::new)));
    }

    static Behavior<Command> create(
            RunConfig config,
            NodeRuns runs,
            RunHooks hooks,
            Progress progress,
            @Nullable LocalHttp http,
            CompletableFuture<Supervisor.RunEnded> outcome) {
        return Behaviors.setup(context -> new LocalGuardian(context, config, runs, hooks, progress, http, outcome));
    }

    private <T> ActorRef<T> child(Behavior<T> behavior, String name) {
        ActorRef<T> child = getContext().spawn(behavior, name);
        getContext().watchWith(child, new ChildGone(name));
        return child;
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Stop stop -> onStop();
            case Submitted submitted -> onSubmitted(submitted.answer());
            case Ended ended -> onEnded(ended);
            case ChildGone gone -> onChildGone(gone);
        };
    }

    private Behavior<Command> onStop() {
        supervisor.tell(new Supervisor.StopRun(run, getContext().getSystem().ignoreRef()));
        return this;
    }

    private Behavior<Command> onSubmitted(Supervisor.Answer answer) {
        if (!answer.taken()) {
            outcome.completeExceptionally(new IllegalStateException(answer.problem()));
            return Behaviors.stopped();
        }
        return this;
    }

    private Behavior<Command> onEnded(Ended ended) {
        outcome.complete(ended.outcome());
        return Behaviors.stopped();
    }

    private Behavior<Command> onChildGone(ChildGone gone) {
        outcome.completeExceptionally(new IllegalStateException(
                "the actor \"" + gone.child() + "\" of this node has died; its reason is in unweave.log"));
        return Behaviors.stopped();
    }
}
