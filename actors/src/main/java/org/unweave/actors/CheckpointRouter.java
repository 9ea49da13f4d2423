package org.unweave.actors;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.delivery.WorkPullingProducerController;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;

/**
 * Hands checkpoints to whichever evaluator asks for work, by Pekko's work pulling: one that is not confirmed, since its
 * evaluator died, goes to another.
 *
 * <p>Spawned by the {@link Supervisor}. What waits here is lost with it, and routed again by the next one.
 */
public final class CheckpointRouter extends AbstractMatchingBehavior<CheckpointRouter.Command> {
    /** Evaluators register under this key. */
    public static final ServiceKey<ConsumerController.Command<Task>> EVALUATORS =
            ServiceKey.create(ConsumerController.serviceKeyClass(), "unweave-evaluators");

    public sealed interface Command {}

    /** Has a checkpoint evaluated. */
    public record Route(Task task) implements Command, Wire {}

    /**
     * What is to be evaluated.
     *
     * @param run the run that it belongs to
     * @param judgement what for; a job's training waits for an attribution, so that goes before all others
     * @param term which {@link Supervisor} had it routed; the next one routes it again
     * @param checkpoint the checkpoint; null for a control, whose job name says which
     */
    public record Task(
            String run,
            String job,
            long step,
            Judgement judgement,
            long term,
            @Nullable CheckpointRef checkpoint) implements Wire {}

    /** Forgets what waits of a run that is over. */
    public record Cancel(String run) implements Command {}

    private record Demand(WorkPullingProducerController.RequestNext<Task> next) implements Command {}

    private final Deque<Task> waiting = new ArrayDeque<>();
    // Before all others, in the order in which they came: the longest a job has waited is served first.
    private final Deque<Task> awaited = new ArrayDeque<>();
    private @Nullable ActorRef<Task> taker;

    private CheckpointRouter(ActorContext<Command> context) {
        super(context);
        ActorRef<WorkPullingProducerController.Command<Task>> controller = context.spawn(
                WorkPullingProducerController.create(
                        Task.class, context.getSelf().path().name(), EVALUATORS, Optional.empty()),
                "work");
        controller.tell(new WorkPullingProducerController.Start<>(
                context.messageAdapter(WorkPullingProducerController.requestNextClass(), Demand::new)));
    }

    public static Behavior<Command> create() {
        return Meter.ofProcess().around(Behaviors.setup(CheckpointRouter::new));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Route route -> onRoute(route);
            case Cancel cancel -> onCancel(cancel);
            case Demand demand -> onDemand(demand);
        };
    }

    private Behavior<Command> onRoute(Route route) {
        switch (route.task().judgement()) {
            case ATTRIBUTION -> awaited.add(route.task());
            case SCHEDULED -> waiting.add(route.task());
        }
        return send();
    }

    private Behavior<Command> onCancel(Cancel cancel) {
        waiting.removeIf(task -> task.run().equals(cancel.run()));
        awaited.removeIf(task -> task.run().equals(cancel.run()));
        return this;
    }

    private Behavior<Command> onDemand(Demand demand) {
        taker = demand.next().sendNextTo();
        return send();
    }

    private Behavior<Command> send() {
        Deque<Task> next = awaited.isEmpty() ? waiting : awaited;
        if (taker != null && !next.isEmpty()) {
            taker.tell(next.remove());
            taker = null;
        }
        return this;
    }
}
