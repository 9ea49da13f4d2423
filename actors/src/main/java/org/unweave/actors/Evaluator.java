package org.unweave.actors;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judge;

/**
 * Judges checkpoints, one at a time, each evaluation under a lease of its own, on its own thread.
 *
 * <p>Spawned by the node's guardian, as many as the node is to have. A checkpoint is confirmed after its reports are on
 * the disk and the {@link ResultLedger} has them: if this actor dies before, another takes it, and finds the reports that
 * are there already. An evaluation that fails is tried again once, then the checkpoint is entered with its problem.
 */
public final class Evaluator extends AbstractMatchingBehavior<Evaluator.Command> {
    private static final int ATTEMPTS = 2;

    public sealed interface Command {}

    private record Delivered(ConsumerController.Delivery<CheckpointRouter.Task> delivery) implements Command {}

    private record Leased(Slots.Lease lease) implements Command {}

    private record Stored(ResultLedger.Recorded recorded) implements Command {}

    private final Supplier<Judge> open;
    private final ActorRef<Slots.Command> slots;
    private final ActorRef<ResultLedger.Command> ledger;
    private final ActorRef<Slots.Lease> leaseReceiver;
    private final ActorRef<ResultLedger.Recorded> recordReceiver;
    private final Deque<String> left = new ArrayDeque<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private final Map<String, Double> headline = new TreeMap<>();
    private @Nullable Judge judge;
    private ConsumerController.@Nullable Delivery<CheckpointRouter.Task> current;
    private int attempt;

    private Evaluator(
            ActorContext<Command> context,
            Supplier<Judge> open,
            ActorRef<Slots.Command> slots,
            ActorRef<ResultLedger.Command> ledger) {
        super(context);
        this.open = open;
        this.slots = slots;
        this.ledger = ledger;
        this.leaseReceiver = context.messageAdapter(Slots.Lease.class, Leased::new);
        this.recordReceiver = context.messageAdapter(ResultLedger.Recorded.class, Stored::new);
        // What waits here does not go to an evaluator that is free. With less than 3 a controller asks for no more
        // once its first messages are confirmed, since it asks when just half of the window, rounded down, is left.
        ConsumerController.Settings settings =
                ConsumerController.Settings$.MODULE$.create(context.getSystem()).withFlowControlWindow(3);
        ActorRef<ConsumerController.Command<CheckpointRouter.Task>> controller =
                context.spawn(ConsumerController.create(CheckpointRouter.EVALUATORS, settings), "work");
        controller.tell(new ConsumerController.Start<>(
                context.messageAdapter(ConsumerController.deliveryClass(), Delivered::new)));
    }

    /** The judge is opened with the first checkpoint, on this actor's own thread. */
    public static Behavior<Command> create(
            Supplier<Judge> open, ActorRef<Slots.Command> slots, ActorRef<ResultLedger.Command> ledger) {
        return Behaviors.setup(context -> new Evaluator(context, open, slots, ledger));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Delivered delivered -> onDelivered(delivered);
            case Leased leased -> onLeased(leased);
            case Stored stored -> onStored();
        };
    }

    private Behavior<Command> onDelivered(Delivered delivered) {
        current = delivered.delivery();
        attempt = 1;
        left.clear();
        headline.clear();
        problems.clear();
        return askForLease();
    }

    private Behavior<Command> askForLease() {
        slots.tell(new Slots.Request(leaseReceiver));
        return this;
    }

    private Behavior<Command> onLeased(Leased leased) {
        if (current == null) {
            slots.tell(new Slots.Return(leased.lease()));
            return this;
        }
        CheckpointRouter.Task task = current.message();
        try {
            evaluateNext(task);
        } catch (RuntimeException | Error e) { // An error that is let through ends the whole JVM.
            getContext().getLog().warn("{} at step {} cannot be judged", task.job(), task.step(), e);
            if (++attempt > ATTEMPTS) {
                problems.add(e.getMessage() == null ? e.toString() : e.getMessage());
                left.poll();
                attempt = 1;
            }
        }
        slots.tell(new Slots.Return(leased.lease()));
        boolean over = left.isEmpty() && attempt == 1;
        return over ? record(task, String.join("; ", problems)) : askForLease();
    }

    private void evaluateNext(CheckpointRouter.Task task) {
        if (judge == null) {
            judge = open.get();
        }
        if (left.isEmpty()) {
            judge.take(task.run(), task.job(), task.step(), task.checkpoint());
            left.addAll(judge.evaluations());
        }
        String evaluation = left.element();
        judge.evaluate(evaluation).forEach((name, value) -> headline.put(evaluation + "." + name, value));
        left.remove();
        attempt = 1;
    }

    private Behavior<Command> record(CheckpointRouter.Task task, String problem) {
        ledger.tell(new ResultLedger.Record(
                new ResultLedger.Judged(task.run(), task.job(), task.step(), problem, headline), recordReceiver));
        return this;
    }

    private Behavior<Command> onStored() {
        if (current != null) {
            current.confirmTo().tell(ConsumerController.confirmed());
            current = null;
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if ((signal instanceof PostStop || signal instanceof PreRestart) && judge != null) {
            judge.close();
        }
        return this;
    }
}
