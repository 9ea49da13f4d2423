package org.unweave.actors;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.pubsub.Topic;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.file.DiskFull;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.train.DivergedException;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.MetricsLog;
import org.unweave.model.train.TrainJob;

/**
 * Trains one job on its own thread, in slices: between any two updates it answers its messages.
 *
 * <p>Spawned by a {@link NodeAgent}, anew for each placement; owns the job's {@link TrainJob}, which it opens from the
 * newest whole checkpoint. Works only while it holds a {@link Slots.Lease}, which it gives back after each slice, and
 * whenever its next batch is not there yet. A failure is told and ends it; nothing of it is left but the checkpoints. A disk
 * that is full is waited for.
 */
public final class Trainer extends AbstractMatchingBehavior<Trainer.Command> {
    public sealed interface Command {}

    /** Stops working after the present update, keeping everything in memory. */
    public enum Pause implements Command, Wire {
        INSTANCE
    }

    /** Goes on after a pause. */
    public enum Resume implements Command, Wire {
        INSTANCE
    }

    /** Writes a checkpoint after the present update. */
    public enum WriteCheckpoint implements Command, Wire {
        INSTANCE
    }

    /** Writes a checkpoint after the present update, and ends. */
    public enum Stop implements Command, Wire {
        INSTANCE
    }

    /**
     * Has the job's settings change before the next update, if the changes before this one were taken and this one was not.
     * Where the disk has no room to note it, it is not taken and can be sent again.
     */
    public record Change(JobChange change) implements Command {}

    private enum Work implements Command {
        INSTANCE
    }

    private enum LookForRoom implements Command {
        INSTANCE
    }

    private enum LookForTold implements Command {
        INSTANCE
    }

    private record Heard(Exchanged exchanged) implements Command {}

    private record Leased(Slots.Lease lease) implements Command {}

    private record Batch(ActivationFeed.Reply reply) implements Command {}

    /** What a trainer tells of itself. */
    public sealed interface Event {
        String run();

        String job();

        int epoch();
    }

    /**
     * It has opened its job, at this step.
     *
     * @param evaluated checkpoints of earlier placements that are to be evaluated
     * @param attributed the same of those whose attribution it has not heard
     */
    public record Started(
            String run,
            String job,
            int epoch,
            long step,
            double learningRateFactor,
            List<CheckpointRef> evaluated,
            List<CheckpointRef> attributed)
            implements Event, Wire {
        public Started {
            evaluated = List.copyOf(evaluated);
            attributed = List.copyOf(attributed);
        }
    }

    /**
     * A checkpoint is on the disk.
     *
     * @param wanted what it is to be judged for
     */
    public record CheckpointWritten(
            String run, String job, int epoch, CheckpointRef ref, List<Judgement> wanted, Pace pace)
            implements Event, Wire {
        public CheckpointWritten {
            wanted = List.copyOf(wanted);
        }
    }

    /** The last update is made and its checkpoint written. It ends. */
    public record Finished(String run, String job, int epoch, long step, Pace pace) implements Event, Wire {}

    /** It has stopped as it was told, with a checkpoint. */
    public record Stopped(String run, String job, int epoch, long step) implements Event, Wire {}

    /** It has taken a change of its settings, now or in an earlier placement. */
    public record Changed(String run, String job, int epoch, JobChange change) implements Event, Wire {}

    /**
     * It works no more until it is told to, or until what it waits for is there.
     *
     * @param reason what it waits for; empty where it was told to pause
     */
    public record Paused(String run, String job, int epoch, long step, String reason) implements Event, Wire {}

    /** It works again. */
    public record Resumed(String run, String job, int epoch, long step) implements Event, Wire {}

    /**
     * It cannot go on. It ends.
     *
     * @param diverged whether a loss or gradient was NaN or infinite, or the loss had grown far beyond its start
     */
    public record Failed(String run, String job, int epoch, long step, String reason, boolean diverged)
            implements Event, Wire {}

    /** How quick a job was so far. */
    public record Pace(double seconds, double rowsPerSecond) implements Wire {}

    /**
     * What a trainer needs of its node.
     *
     * @param open opens the job; called on the trainer's own thread
     * @param learningRateFactor overrides the checkpoint's, where it is given
     * @param seat what it works on
     * @param slice how long it works under one lease
     * @param attribution what an evaluator has found in the job's checkpoint of a step, if it has
     * @param exchange what the jobs of the run tell one another
     */
    public record Setup(
            String run,
            String job,
            int epoch,
            Supplier<TrainJob> open,
            OptionalDouble learningRateFactor,
            Seat seat,
            Duration slice,
            LongFunction<Optional<AttributionSnapshot>> attribution,
            ActorRef<Topic.Command<Exchanged>> exchange,
            ActorRef<ActivationFeed.Command> feed,
            ActorRef<Slots.Command> slots,
            ActorRef<MetricsHub.Command> hub,
            ActorRef<Event> owner) {}

    private static final Duration LOOK_FOR_ROOM = Duration.ofSeconds(5);
    private static final Duration LOOK_FOR_TOLD = Duration.ofSeconds(1);

    private final Setup setup;
    private final TimerScheduler<Command> timers;
    private final ActorRef<ActivationFeed.Reply> batchReceiver;
    private final ActorRef<Slots.Lease> leaseReceiver;
    private final TrainJob job;
    private final Spending time = new Spending(System::nanoTime);
    private final Deque<ActivationFeed.BatchReady> batches = new ArrayDeque<>();
    private long requested;
    private long ticket;
    private Slots.@Nullable Lease lease;
    private boolean leaseAsked;
    private boolean workAsked;
    private long sliceStart;
    private boolean paused;
    // For room on the disk, until it is looked for again; and whether it has waited at all.
    private boolean withoutRoom;
    private boolean waited;
    // For what others are to tell, before the next update.
    private boolean withoutTold;
    private boolean stopping;
    private boolean checkpointAsked;

    private Trainer(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup, TrainJob job) {
        super(context);
        this.timers = timers;
        this.setup = setup;
        this.job = job;
        this.batchReceiver = context.messageAdapter(ActivationFeed.Reply.class, Batch::new);
        this.leaseReceiver = context.messageAdapter(Slots.Lease.class, Leased::new);
        this.requested = job.nextBatch();
        setup.learningRateFactor().ifPresent(job::setLearningRateFactor);
        setup.exchange().tell(Topic.subscribe(context.messageAdapter(Exchanged.class, Heard::new)));
    }

    /** Opens the job and begins. */
    public static Behavior<Command> create(Setup setup) {
        Behavior<Command> trainer = Behaviors.withMdc(
                Command.class,
                Map.of("run", setup.run(), "job", setup.job()),
                Behaviors.setup(context -> Behaviors.withTimers(timers -> {
                    try {
                        Trainer begun =
                                new Trainer(context, timers, setup, setup.open().get());
                        begun.begin();
                        return begun;
                    } catch (RuntimeException | Error e) {
                        context.getLog().warn("the job cannot be opened", e);
                        setup.owner().tell(new Failed(setup.run(), setup.job(), setup.epoch(), 0, message(e), false));
                        return Behaviors.stopped();
                    }
                })));
        return Meter.ofProcess().around(trainer);
    }

    private void begin() {
        getContext().getLog().info("begins at step {} of {}, placement {}", job.step(), job.steps(), setup.epoch());
        setup.owner()
                .tell(new Started(
                        setup.run(),
                        setup.job(),
                        setup.epoch(),
                        job.step(),
                        job.learningRateFactor(),
                        job.evaluatedCheckpoints(),
                        job.attributedCheckpoints()));
        job.changes().forEach(this::tellChanged);
        goOn();
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        Behavior<Command> next = answer(message);
        time.on(waitsFor());
        return next;
    }

    private Spending.On waitsFor() {
        if (paused) {
            return Spending.On.PAUSED;
        }
        if (withoutRoom) {
            return Spending.On.CHECKPOINT;
        }
        if (withoutTold) {
            return Spending.On.EXCHANGE;
        }
        if (batches.isEmpty()) {
            return Spending.On.DATA;
        }
        return lease == null ? Spending.On.SLOT : Spending.On.COMPUTE;
    }

    private Behavior<Command> answer(Command message) {
        return switch (message) {
            case Work work -> onWork();
            case Leased leased -> onLeased(leased);
            case Batch batch -> onBatch(batch);
            case Pause pause -> onPause();
            case Resume resume -> onResume();
            case WriteCheckpoint write -> onWriteCheckpoint();
            case Stop stop -> onStop();
            case Change change -> onChange(change.change());
            case LookForRoom look -> onLookForRoom();
            case LookForTold look -> onLookForTold();
            case Heard heard -> onHeard(heard.exchanged());
        };
    }

    private Behavior<Command> onBatch(Batch message) {
        if (message.reply().ticket() != ticket) {
            return this; // Asked for before a pause, and given back by it.
        }
        return switch (message.reply()) {
            case ActivationFeed.BatchReady ready -> {
                batches.add(ready);
                askForLease();
                yield this;
            }
            case ActivationFeed.BatchFailed failed ->
                fail(
                        new IllegalStateException("batch " + failed.batch() + " cannot be read: " + failed.reason()),
                        false);
        };
    }

    private Behavior<Command> onLeased(Leased message) {
        lease = message.lease();
        leaseAsked = false;
        sliceStart = System.nanoTime();
        goOn();
        return this;
    }

    private void askForLease() {
        if (lease == null && !leaseAsked && !paused && !batches.isEmpty()) {
            leaseAsked = true;
            setup.slots().tell(new Slots.Request(setup.seat(), leaseReceiver));
        }
    }

    private void returnLease() {
        if (lease != null) {
            setup.slots().tell(new Slots.Return(lease));
            lease = null;
        }
    }

    /** Has the next update made when the messages that came before this are answered. */
    private void goOn() {
        if (!workAsked) {
            workAsked = true;
            getContext().getSelf().tell(Work.INSTANCE);
        }
    }

    private Behavior<Command> onWork() {
        workAsked = false;
        try {
            return work();
        } catch (DivergedException e) {
            return fail(e, true);
        } catch (RuntimeException | Error e) { // An error that is let through ends the whole JVM.
            return fail(e, false);
        }
    }

    /** One update at most; then the mailbox has its turn. */
    private Behavior<Command> work() {
        if (withoutRoom || checkpointAsked && !writeCheckpoint()) {
            return rest();
        }
        if (job.done()) {
            return end(new Finished(setup.run(), setup.job(), setup.epoch(), job.step(), pace()));
        }
        if (stopping) {
            return end(new Stopped(setup.run(), setup.job(), setup.epoch(), job.step()));
        }
        if (!paused && !toldIsThere()) {
            return rest();
        }
        if (!paused) {
            requestBatches();
        }
        ActivationFeed.BatchReady batch = batches.peek();
        if (lease == null || paused || batch == null) {
            returnLease();
            askForLease();
            return this;
        }
        if (!update(batches.remove())) {
            return this;
        }
        if (System.nanoTime() - sliceStart > setup.slice().toNanos()) {
            returnLease();
            askForLease();
        }
        goOn(); // Without a lease too: the feed is to know of the update.
        return this;
    }

    // A lease that was asked for before may have come since, and others need it.
    private Behavior<Command> rest() {
        returnLease();
        return this;
    }

    /** Whether what is to be heard before the next update is there; if not, it is looked for until it is. */
    private boolean toldIsThere() {
        Optional<String> awaited = job.awaited();
        if (awaited.isPresent() && job.awaitedAttribution().isPresent()) {
            setup.attribution().apply(job.awaitedAttribution().getAsLong()).ifPresent(job::hear);
            awaited = job.awaited();
        }
        if (awaited.isEmpty()) {
            if (withoutTold) {
                withoutTold = false;
                timers.cancel(LookForTold.INSTANCE);
                setup.owner().tell(new Resumed(setup.run(), setup.job(), setup.epoch(), job.step()));
            }
            return true;
        }
        if (!withoutTold) {
            withoutTold = true;
            giveBack();
            setup.owner().tell(new Paused(setup.run(), setup.job(), setup.epoch(), job.step(), awaited.get()));
        }
        timers.startSingleTimer(LookForTold.INSTANCE, LOOK_FOR_TOLD);
        return false;
    }

    private Behavior<Command> onLookForTold() {
        if (withoutTold) {
            goOn();
        }
        return this;
    }

    private Behavior<Command> onHeard(Exchanged exchanged) {
        if (exchanged.run().equals(setup.run()) && job.hear(exchanged.told()) && withoutTold) {
            goOn();
        }
        return this;
    }

    // One batch ahead, so that the feed reads while the trainer computes.
    private void requestBatches() {
        if (requested == job.steps()) {
            setup.feed().tell(new ActivationFeed.GiveBack(member(), job.nextBatch()));
        }
        while (requested <= job.nextBatch() + 1 && requested < job.steps()) {
            setup.feed().tell(new ActivationFeed.Next(member(), requested, job.nextBatch(), ticket, batchReceiver));
            requested++;
        }
    }

    /** Whether there was room for what is to be written after it. */
    private boolean update(ActivationFeed.BatchReady batch) {
        if (batch.batch() != job.nextBatch()) {
            throw new IllegalStateException("batch " + batch.batch() + " came in place of " + job.nextBatch());
        }
        time.on(Spending.On.COMPUTE);
        job.step(batch.rowsBD());
        publishLines();
        job.takeTold().forEach(told -> {
            setup.exchange().tell(Topic.publish(new Exchanged(setup.run(), told)));
            setup.hub().tell(MetricsHub.JobTold.of(setup.run(), told));
        });
        return !job.checkpointDue() || writeCheckpoint();
    }

    private void publishLines() {
        for (MetricsLog.Line line : job.takeLines()) {
            setup.hub()
                    .tell(MetricsHub.JobMetrics.of(
                            setup.run(), setup.job(), setup.epoch(), job.steps(), line, time.soFar()));
            if (line.split().equals(MetricsLog.TRAIN)) {
                log(line);
            }
        }
    }

    private void log(MetricsLog.Line line) {
        LossTerms loss = line.loss();
        getContext()
                .getLog()
                .info(
                        "step={} loss={} l0={} variance_explained={} rows/s={}",
                        line.step(),
                        String.format(Locale.ROOT, "%.4f", loss.loss()),
                        String.format(Locale.ROOT, "%.1f", loss.l0()),
                        String.format(Locale.ROOT, "%.3f", loss.varianceExplained()),
                        Math.round(line.rowsPerSecond()));
    }

    /** Whether there was room for it; if not, it is asked for again when there may be. */
    private boolean writeCheckpoint() {
        CheckpointRef ref;
        time.on(Spending.On.CHECKPOINT);
        try {
            ref = job.checkpoint();
        } catch (RuntimeException e) {
            if (!DiskFull.is(e)) {
                throw e;
            }
            waitForRoom(e);
            return false;
        }
        publishLines();
        checkpointAsked = false;
        if (waited) {
            waited = false;
            if (!paused) {
                setup.owner().tell(new Resumed(setup.run(), setup.job(), setup.epoch(), job.step()));
            }
        }
        setup.owner().tell(new CheckpointWritten(setup.run(), setup.job(), setup.epoch(), ref, wanted(), pace()));
        return true;
    }

    private List<Judgement> wanted() {
        List<Judgement> wanted = new ArrayList<>();
        if (job.evaluationDue()) {
            wanted.add(Judgement.SCHEDULED);
        }
        if (job.attributionDue()) {
            wanted.add(Judgement.ATTRIBUTION);
        }
        return wanted;
    }

    private void waitForRoom(RuntimeException full) {
        getContext().getLog().warn("waits for room on the disk: {}", full.getMessage());
        checkpointAsked = true;
        withoutRoom = true;
        waited = true;
        giveBack();
        String reason = "it waits for room on the disk: " + full.getMessage();
        setup.owner().tell(new Paused(setup.run(), setup.job(), setup.epoch(), job.step(), reason));
        timers.startSingleTimer(LookForRoom.INSTANCE, LOOK_FOR_ROOM);
    }

    private Behavior<Command> onLookForRoom() {
        withoutRoom = false;
        goOn();
        return this;
    }

    // What it holds would hold the others back.
    private void giveBack() {
        setup.feed().tell(new ActivationFeed.Leave(member()));
        batches.clear();
        ticket++;
        requested = job.nextBatch();
        returnLease();
    }

    private String member() {
        return setup.job() + "#" + setup.epoch();
    }

    private Pace pace() {
        return new Pace(job.seconds(), job.rowsPerSecond());
    }

    private Behavior<Command> onPause() {
        if (!paused) {
            paused = true;
            giveBack();
            setup.owner().tell(new Paused(setup.run(), setup.job(), setup.epoch(), job.step(), ""));
        }
        return this;
    }

    private Behavior<Command> onResume() {
        if (withoutRoom) {
            paused = false;
            timers.cancel(LookForRoom.INSTANCE);
            return onLookForRoom();
        }
        if (paused) {
            paused = false;
            withoutTold = false; // If it waits still, that is to be said again.
            setup.owner().tell(new Resumed(setup.run(), setup.job(), setup.epoch(), job.step()));
            goOn();
        }
        return this;
    }

    private Behavior<Command> onWriteCheckpoint() {
        checkpointAsked = true;
        goOn();
        return this;
    }

    private Behavior<Command> onStop() {
        stopping = true;
        // One that waits for room on the disk stays asked for.
        checkpointAsked |= job.step() > 0 && !job.checkpointDue();
        goOn();
        return this;
    }

    private Behavior<Command> onChange(JobChange change) {
        try {
            if (!job.done()) {
                job.change(change.number(), change.values()).ifPresent(this::tellChanged);
            }
            return this;
        } catch (RuntimeException e) {
            if (!DiskFull.is(e)) {
                return fail(e, false);
            }
            getContext().getLog().warn("change {} is not taken, for want of room: {}", change.number(), e.getMessage());
            return this;
        }
    }

    private void tellChanged(JobChange change) {
        getContext().getLog().info("sets {} before update {}", change.values(), change.step());
        setup.owner().tell(new Changed(setup.run(), setup.job(), setup.epoch(), change));
    }

    private Behavior<Command> end(Event event) {
        setup.owner().tell(event);
        return Behaviors.stopped();
    }

    private Behavior<Command> fail(Throwable failure, boolean diverged) {
        getContext().getLog().warn("fails at step {}", job.step(), failure);
        return end(new Failed(setup.run(), setup.job(), setup.epoch(), job.step(), message(failure), diverged));
    }

    private static String message(Throwable failure) {
        String text = failure.getMessage();
        return failure instanceof DivergedException && text != null ? text : failure.toString();
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            returnLease();
            setup.feed().tell(new ActivationFeed.Leave(member()));
            job.close();
        }
        return this;
    }
}
