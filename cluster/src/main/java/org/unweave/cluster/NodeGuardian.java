package org.unweave.cluster;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.actors.ActivationFeed;
import org.unweave.actors.CheckpointRouter;
import org.unweave.actors.Evaluator;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Slots;
import org.unweave.actors.Supervisor;
import org.unweave.actors.Trainer;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;

/**
 * The root of a node: spawns what a run needs, and ends with it.
 *
 * <p>If one of its own children dies, the run cannot go on: the outcome is that failure. What was on the disk stays.
 */
final class NodeGuardian extends AbstractMatchingBehavior<NodeGuardian.Command> {
    sealed interface Command {}

    /** Has the run write its checkpoints and end. */
    enum Stop implements Command {
        INSTANCE
    }

    private record Ended(Supervisor.RunEnded outcome) implements Command {}

    private record ChildGone(String child) implements Command {}

    private final CompletableFuture<Supervisor.RunEnded> outcome;
    private final ActorRef<Supervisor.Command> supervisor;

    private NodeGuardian(
            ActorContext<Command> context,
            PreparedRun run,
            Progress progress,
            CompletableFuture<Supervisor.RunEnded> outcome) {
        super(context);
        this.outcome = outcome;
        RunConfig config = run.config();
        ActorRef<Slots.Command> slots = child(Slots.create(config.slots().cpu()), "slots", "");
        ActorRef<ActivationFeed.Command> feed = child(
                ActivationFeed.create(
                        run.batches()::read,
                        config.train().batchRows(),
                        run.batches().width(),
                        config.train().windowBatches()),
                "feed",
                "unweave.feed-dispatcher");
        ActorRef<MetricsHub.Command> hub = child(MetricsHub.create(), "metrics", "");
        ActorRef<ResultLedger.Command> ledger = child(ResultLedger.create(), "results", "");
        ActorRef<CheckpointRouter.Command> router = child(CheckpointRouter.create(), "checkpoints", "");
        for (int i = 0; i < config.slots().evaluators(); i++) {
            child(
                    Behaviors.supervise(Evaluator.create(run::openJudge, slots, ledger))
                            .onFailure(SupervisorStrategy.restartWithBackoff(
                                    config.supervision().minBackoff(),
                                    config.supervision().maxBackoff(),
                                    0.1)),
                    "evaluator-" + i,
                    "unweave.evaluator-dispatcher");
        }
        child(RunWatcher.create(config, progress, hub, ledger), "watch", "");
        Supervisor.Trainers trainers = (job, epoch, learningRateFactor, events) -> Trainer.create(new Trainer.Setup(
                job.name(),
                epoch,
                () -> run.openJob(job, epoch),
                learningRateFactor,
                config.train().slice(),
                config.train().metricsEverySteps(),
                feed,
                slots,
                hub,
                events));
        supervisor = context.spawn(
                Supervisor.create(
                        config,
                        trainers,
                        router,
                        ledger,
                        context.messageAdapter(Supervisor.RunEnded.class, Ended::new)),
                "supervisor");
        context.watchWith(supervisor, new ChildGone("supervisor"));
    }

    static Behavior<Command> create(
            PreparedRun run, Progress progress, CompletableFuture<Supervisor.RunEnded> outcome) {
        return Behaviors.setup(context -> new NodeGuardian(context, run, progress, outcome));
    }

    private <T> ActorRef<T> child(Behavior<T> behavior, String name, String dispatcher) {
        ActorRef<T> child = dispatcher.isEmpty()
                ? getContext().spawn(behavior, name)
                : getContext().spawn(behavior, name, DispatcherSelector.fromConfig(dispatcher));
        getContext().watchWith(child, new ChildGone(name));
        return child;
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Stop stop -> onStop();
            case Ended ended -> onEnded(ended);
            case ChildGone gone -> onChildGone(gone);
        };
    }

    private Behavior<Command> onStop() {
        supervisor.tell(Supervisor.StopRun.INSTANCE);
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
