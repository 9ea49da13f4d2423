package org.unweave.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.actors.CheckpointRouter;
import org.unweave.actors.Evaluator;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Slots;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judge;
import org.unweave.model.Progress;

/** The root of a process that judges checkpoints which are there already: spawns evaluators, and ends with them. */
final class EvalGuardian extends AbstractMatchingBehavior<EvalGuardian.Command> {
    sealed interface Command {}

    private record Judged(ResultLedger.Judged judged) implements Command {}

    private record ChildGone(String child) implements Command {}

    private record Key(String run, String job, long step) {}

    private final CompletableFuture<List<String>> outcome;
    private final Progress progress;
    private final Set<Key> waiting = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private final int all;

    private EvalGuardian(
            ActorContext<Command> context,
            RunConfig config,
            List<CheckpointRouter.Task> tasks,
            Supplier<Judge> openJudge,
            Progress progress,
            CompletableFuture<List<String>> outcome) {
        super(context);
        this.outcome = outcome;
        this.progress = progress;
        this.all = tasks.size();
        ActorRef<Slots.Command> slots = child(Slots.create(config.slots().cpu()), "slots");
        ActorRef<ResultLedger.Command> ledger = child(ResultLedger.create(), "results");
        ledger.tell(new ResultLedger.Subscribe(context.messageAdapter(ResultLedger.Judged.class, Judged::new)));
        ActorRef<CheckpointRouter.Command> router = child(CheckpointRouter.create(), "checkpoints");
        for (int i = 0; i < Math.min(tasks.size(), config.slots().evaluators()); i++) {
            Behavior<Evaluator.Command> evaluator = Behaviors.supervise(
                            Evaluator.create(run -> openJudge.get(), slots, ledger.narrow(), null))
                    .onFailure(SupervisorStrategy.restartWithBackoff(
                            config.supervision().minBackoff(),
                            config.supervision().maxBackoff(),
                            0.1));
            String name = "evaluator-" + i;
            context.watchWith(
                    context.spawn(evaluator, name, DispatcherSelector.fromConfig("unweave.evaluator-dispatcher")),
                    new ChildGone(name));
        }
        for (CheckpointRouter.Task task : tasks) {
            waiting.add(new Key(task.run(), task.job(), task.step()));
            router.tell(new CheckpointRouter.Route(task));
        }
        progress.report("evaluation", 0, all, "SAEs");
    }

    /**
     * @param outcome what could not be judged, one line each
     */
    static Behavior<Command> create(
            RunConfig config,
            List<CheckpointRouter.Task> tasks,
            Supplier<Judge> openJudge,
            Progress progress,
            CompletableFuture<List<String>> outcome) {
        return Behaviors.setup(context -> new EvalGuardian(context, config, tasks, openJudge, progress, outcome));
    }

    private <T> ActorRef<T> child(Behavior<T> behavior, String name) {
        ActorRef<T> child = getContext().spawn(behavior, name);
        getContext().watchWith(child, new ChildGone(name));
        return child;
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Judged judged -> onJudged(judged.judged());
            case ChildGone gone -> onChildGone(gone);
        };
    }

    private Behavior<Command> onJudged(ResultLedger.Judged judged) {
        if (!waiting.remove(new Key(judged.run(), judged.job(), judged.step()))) {
            return this;
        }
        if (!judged.problem().isEmpty()) {
            problems.add(judged.job() + " at step " + judged.step() + " could not be judged: " + judged.problem());
        }
        progress.report("evaluation", all - waiting.size(), all, "SAEs");
        if (waiting.isEmpty()) {
            outcome.complete(problems);
            return Behaviors.stopped();
        }
        return this;
    }

    private Behavior<Command> onChildGone(ChildGone gone) {
        outcome.completeExceptionally(
                new IllegalStateException("the actor \"" + gone.child() + "\" has died; its reason is in the log"));
        return Behaviors.stopped();
    }
}
