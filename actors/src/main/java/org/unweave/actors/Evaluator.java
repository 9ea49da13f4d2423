package org.unweave.actors;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judge;
import org.unweave.eval.Judgement;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.file.DiskFull;

/**
 * Judges checkpoints, one at a time, each evaluation under a lease of its own, on its own thread.
 *
 * <p>Spawned by the {@link NodeAgent}, as many as the node is to have. A checkpoint is confirmed after its reports are on
 * the disk and the {@link ResultLedger} has them: if this actor dies before, another takes it, and finds the reports that
 * are there already. An evaluation that fails is tried again once, then the checkpoint is entered with its problem;
 * one whose report finds no room on the disk is tried again until there is some, after pauses that double.
 */
public final class Evaluator extends AbstractMatchingBehavior<Evaluator.Command> {
    private static final int ATTEMPTS = 2;

    public sealed interface Command {}

    /** Lets go of the judge of a run that is over, and then says {@link Forgotten}. */
    public record Forget(String run, ActorRef<Forgotten> replyTo) implements Command {}

    /** Takes no more checkpoints, and ends when the present one is judged. */
    public enum Retire implements Command {
        INSTANCE
    }

    /** Whether a checkpoint is still to be judged. */
    public record Permit(boolean granted) implements Command {}

    /** Nothing of the run is in use here. */
    public record Forgotten(String run, ActorRef<Command> evaluator) {}

    /** What an evaluator tells the node that it belongs to. */
    public sealed interface Event {}

    /** Asks whether it is to judge this; {@link Permit} is the answer. */
    public record MayJudge(CheckpointRouter.Task task, ActorRef<Permit> replyTo) implements Event {}

    /** It has found which latents of a job's checkpoint tell of the spurious label. */
    public record Attributed(String run, AttributionSnapshot snapshot) implements Event {}

    /** It is done with it, or cannot do it. */
    public record LetGo(CheckpointRouter.Task task) implements Event {}

    private enum Again implements Command {
        INSTANCE
    }

    private enum LookForRoom implements Command {
        INSTANCE
    }

    private record Delivered(ConsumerController.Delivery<CheckpointRouter.Task> delivery) implements Command {}

    private record Leased(Slots.Lease lease) implements Command {}

    private record Stored(ResultLedger.Recorded recorded) implements Command {}

    private static final Duration REPEAT = Duration.ofSeconds(3);
    private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 6;

    private final TimerScheduler<Command> timers;
    private final Function<String, Judge> open;
    private final ActorRef<Slots.Command> slots;
    private final ActorRef<ResultLedger.Record> ledger;
    private final @Nullable ActorRef<Event> owner;
    private final ActorRef<Slots.Lease> leaseReceiver;
    private final ActorRef<ResultLedger.Recorded> recordReceiver;
    private final Deque<String> left = new ArrayDeque<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private final Map<String, Double> headline = new TreeMap<>();
    private @Nullable Judge judge;
    private String judgedRun = "";
    private boolean retiring;
    private ResultLedger.@Nullable Record unconfirmed;
    private ConsumerController.@Nullable Delivery<CheckpointRouter.Task> current;
    private int attempt;
    // Times in a row that there was no room.
    private int full;

    private Evaluator(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Function<String, Judge> open,
            ActorRef<Slots.Command> slots,
            ActorRef<ResultLedger.Record> ledger,
            @Nullable ActorRef<Event> owner) {
        super(context);
        this.timers = timers;
        this.open = open;
        this.slots = slots;
        this.ledger = ledger;
        this.owner = owner;
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

    /**
     * @param open opens the judge of a run, with its first checkpoint, on this actor's own thread
     * @param ledger where outcomes are entered; each is sent until it is {@link ResultLedger.Recorded}
     * @param owner is asked before each checkpoint; null where all are to be judged
     */
    public static Behavior<Command> create(
            Function<String, Judge> open,
            ActorRef<Slots.Command> slots,
            ActorRef<ResultLedger.Record> ledger,
            @Nullable ActorRef<Event> owner) {
        return Meter.ofProcess()
                .around(Behaviors.setup(context ->
                        Behaviors.withTimers(timers -> new Evaluator(context, timers, open, slots, ledger, owner))));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Delivered delivered -> onDelivered(delivered);
            case Leased leased -> onLeased(leased);
            case Stored stored -> onStored(stored.recorded());
            case Permit permit -> onPermit(permit);
            case Forget forget -> onForget(forget);
            case Retire retire -> onRetire();
            case Again again -> onAgain();
            case LookForRoom look -> current == null ? this : askForLease();
        };
    }

    private Behavior<Command> onDelivered(Delivered delivered) {
        current = delivered.delivery();
        attempt = 1;
        full = 0;
        left.clear();
        headline.clear();
        problems.clear();
        if (owner == null) {
            return askForLease();
        }
        owner.tell(new MayJudge(
                delivered.delivery().message(), getContext().getSelf().narrow()));
        return this;
    }

    private Behavior<Command> onPermit(Permit permit) {
        if (current == null) {
            return this; // Its run was over before the answer came.
        }
        return permit.granted() ? askForLease() : letGo();
    }

    // What it judges of the run is let go of too: nothing that the run reads may be opened again.
    private Behavior<Command> onForget(Forget forget) {
        Behavior<Command> next = current != null && current.message().run().equals(forget.run()) ? letGo() : this;
        if (judge != null && judgedRun.equals(forget.run())) {
            judge.close();
            judge = null;
        }
        forget.replyTo().tell(new Forgotten(forget.run(), getContext().getSelf()));
        return next;
    }

    private Behavior<Command> onRetire() {
        retiring = true;
        return current == null ? Behaviors.stopped() : this;
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
            full = 0;
        } catch (RuntimeException | Error e) { // An error that is let through ends the whole JVM.
            if (DiskFull.is(e)) {
                slots.tell(new Slots.Return(leased.lease()));
                return waitForRoom(task, e);
            }
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

    private Behavior<Command> waitForRoom(CheckpointRouter.Task task, Throwable e) {
        Duration pause = LEAST_PAUSE.multipliedBy(1L << Math.min(full, MOST_DOUBLINGS));
        full++;
        getContext()
                .getLog()
                .warn(
                        "the report of {} at step {} waits {} s for room on the disk: {}",
                        task.job(),
                        task.step(),
                        pause.toSeconds(),
                        e.getMessage());
        timers.startSingleTimer(LookForRoom.INSTANCE, pause);
        return this;
    }

    private void evaluateNext(CheckpointRouter.Task task) {
        // Without an owner there is one judge for the checkpoints of all runs.
        if (judge != null && owner != null && !judgedRun.equals(task.run())) {
            judge.close();
            judge = null;
        }
        if (judge == null) {
            judge = open.apply(task.run());
            judgedRun = task.run();
        }
        if (left.isEmpty()) {
            judge.take(task.run(), task.job(), task.step(), task.checkpoint());
            left.addAll(judge.evaluations(task.judgement()));
        }
        String evaluation = left.element();
        judge.evaluate(evaluation).forEach((name, value) -> headline.put(evaluation + "." + name, value));
        if (task.judgement() == Judgement.ATTRIBUTION && owner != null) {
            owner.tell(new Attributed(task.run(), judge.snapshot()));
        }
        left.remove();
        attempt = 1;
    }

    private Behavior<Command> record(CheckpointRouter.Task task, String problem) {
        if (task.judgement() == Judgement.ATTRIBUTION && owner != null && !problem.isEmpty()) {
            owner.tell(new Attributed(task.run(), AttributionSnapshot.none(task.job(), task.step())));
        }
        unconfirmed = new ResultLedger.Record(
                new ResultLedger.Judged(task.run(), task.job(), task.step(), task.judgement(), problem, headline),
                recordReceiver);
        return onAgain();
    }

    // The ledger may be on its way to another node.
    private Behavior<Command> onAgain() {
        if (unconfirmed != null) {
            ledger.tell(unconfirmed);
            timers.startSingleTimer(Again.INSTANCE, REPEAT);
        }
        return this;
    }

    private Behavior<Command> onStored(ResultLedger.Recorded recorded) {
        if (unconfirmed == null || !recorded.equals(unconfirmed.judged().recorded())) {
            return this; // The answer to what was sent twice.
        }
        return letGo();
    }

    private Behavior<Command> letGo() {
        unconfirmed = null;
        timers.cancel(Again.INSTANCE);
        timers.cancel(LookForRoom.INSTANCE);
        if (current != null) {
            tellLetGo(current.message());
            current.confirmTo().tell(ConsumerController.confirmed());
            current = null;
        }
        return retiring ? Behaviors.stopped() : this;
    }

    private void tellLetGo(CheckpointRouter.Task task) {
        if (owner != null) {
            owner.tell(new LetGo(task));
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop || signal instanceof PreRestart) {
            if (judge != null) {
                judge.close();
            }
            if (current != null) {
                tellLetGo(current.message());
            }
        }
        return this;
    }
}
