package org.unweave.actors;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.pubsub.Topic;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.jspecify.annotations.Nullable;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.eval.Judgement;
import org.unweave.model.train.JobChange;

/**
 * Answers for a node: spawns a {@link Trainer} for each job that the {@link Supervisor} places here, and the evaluators
 * that it offers, and tells the supervisor what becomes of them.
 *
 * <p>Spawned by the node's guardian. What a trainer tells is kept until the supervisor has it in its journal, and sent
 * again until then, also to another supervisor; {@link Supervisor.Hello} says all the time what is here, so that a
 * message which is lost is made up for.
 */
public final class NodeAgent extends AbstractMatchingBehavior<NodeAgent.Command> {
    /** Agents register under this key. */
    public static final ServiceKey<Command> AGENTS = ServiceKey.create(Command.class, "unweave-nodes");

    /** How often an agent tells what is there, and what is not acknowledged yet. */
    static final Duration BEAT = Duration.ofSeconds(1);

    private static final int MOST_PAUSE_BEATS = 32;

    private static final OperatingSystemMXBean CPU = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Of how many actors a node tells. */
    private static final int MOST_ACTORS = 64;

    public sealed interface Command {}

    /**
     * The supervisor has heard of this node.
     *
     * @param term counts the supervisors up to this one
     */
    public record Welcome(ActorRef<Supervisor.Command> supervisor, long term, ActorRef<ResultLedger.Command> ledger)
            implements Command, Wire {}

    /**
     * Makes a run known, or which nodes serve files now.
     *
     * @param files the nodes that serve files, as {@link Offer} has them, this one among them
     */
    public record OpenRun(String run, String config, List<String> files) implements Command, Wire {
        public OpenRun {
            files = List.copyOf(files);
        }
    }

    /** Ends what is left of a run here. */
    public record CloseRun(String run) implements Command, Wire {}

    /** Has a job trained here. One that was placed here before under this number is not begun again. */
    public record Place(String run, String job, int epoch, OptionalDouble learningRateFactor)
            implements Command, Wire {}

    /** Has a trainer do something. */
    public record Tell(String run, String job, int epoch, Order order) implements Command, Wire {}

    /** Has a trainer change its job's settings. One that it has taken is not taken again. */
    public record Change(String run, String job, int epoch, JobChange change) implements Command, Wire {}

    /** What a trainer can be told to do. */
    public enum Order {
        PAUSE(Trainer.Pause.INSTANCE),
        RESUME(Trainer.Resume.INSTANCE),
        CHECKPOINT(Trainer.WriteCheckpoint.INSTANCE),
        STOP(Trainer.Stop.INSTANCE);

        private final Trainer.Command command;

        Order(Trainer.Command command) {
            this.command = command;
        }
    }

    /** What was told under this number is in the journal. */
    public record Acknowledge(long number) implements Command, Wire {}

    /** Takes no more checkpoints to be judged. */
    public enum RetireEvaluators implements Command, Wire {
        INSTANCE
    }

    /** Has all trainers write a checkpoint and end, and takes no more of anything. {@link Left} is the answer. */
    public record Leave(ActorRef<Left> replyTo) implements Command {}

    /** Nothing is trained here any more. */
    public enum Left {
        INSTANCE
    }

    private record Lent(Slots.Use use) implements Command {}

    private record Told(Trainer.Event event) implements Command {}

    private record TrainerGone(Key key, int epoch) implements Command {}

    private record Asked(Evaluator.Event event) implements Command {}

    private record EvaluatorGone(ActorRef<Evaluator.Command> evaluator) implements Command {}

    private record Forgotten(Evaluator.Forgotten forgotten) implements Command {}

    private record Entered(ResultLedger.Record record) implements Command {}

    private record Supervisors(Receptionist.Listing listing) implements Command {}

    private record FeedGone(String run) implements Command {}

    private enum Beat implements Command {
        INSTANCE
    }

    /**
     * What a node offers.
     *
     * @param name how people call it, as {@code 127.0.0.1:25520}
     * @param process the same with what tells it from the node of that name that was there before
     * @param cpuSlots jobs that work on the CPU at the same time; 0 for a node that trains nothing there
     * @param cards numbers of the cards that jobs work on, one each at the same time
     * @param refused why cards that it was to offer are not; empty where there are none such
     * @param evaluators checkpoints that are judged at the same time
     * @param url where it takes commands and serves files; empty where it does not
     */
    public record Offer(
            String name, String process, int cpuSlots, List<Integer> cards, String refused, int evaluators, String url)
            implements Wire {
        public Offer {
            cards = List.copyOf(cards);
        }

        /** Of a node without cards. */
        public Offer(String name, String process, int cpuSlots, int evaluators, String url) {
            this(name, process, cpuSlots, List.of(), "", evaluators, url);
        }

        /** Jobs that work on such a device at the same time. */
        int slots(SlotsConfig.Kind device) {
            return switch (device) {
                case CPU -> cpuSlots;
                case CUDA -> cards.size();
            };
        }
    }

    /**
     * A job that is being trained here.
     *
     * @param changes how many changes of its settings it has taken
     * @param waitsFor why it is paused; empty where it was told to, or is not
     */
    public record Held(String run, String job, int epoch, long step, int changes, boolean paused, String waitsFor)
            implements Wire {}

    /** A checkpoint that is being judged here. */
    public record Judging(String run, String job, long step, Judgement judgement) implements Wire {}

    private record Key(String run, String job) {}

    private static final class Placed {
        private final ActorRef<Trainer.Command> trainer;
        private final int epoch;
        private final Seat seat;
        private long step;
        private int changes;
        private boolean paused;
        private String waitsFor = "";
        private boolean ended;

        private Placed(ActorRef<Trainer.Command> trainer, int epoch, Seat seat) {
            this.trainer = trainer;
            this.epoch = epoch;
            this.seat = seat;
        }
    }

    // Sent again after a pause that doubles: a supervisor that is slow would only be slower with all of it every
    // second.
    private static final class Unheard {
        private final Trainer.Event event;
        private int pauseBeats = 2;
        private int beatsLeft = pauseBeats;

        private Unheard(Trainer.Event event) {
            this.event = event;
        }

        private boolean isDue() {
            beatsLeft--;
            if (beatsLeft > 0) {
                return false;
            }
            pauseBeats = Math.min(2 * pauseBeats, MOST_PAUSE_BEATS);
            beatsLeft = pauseBeats;
            return true;
        }
    }

    private static final class Open {
        private @Nullable ActorRef<ActivationFeed.Command> feed;
        private @Nullable ActorRef<Topic.Command<Exchanged>> exchange;
        private boolean feedStopped;
        private boolean closing;
        private final Set<ActorRef<Evaluator.Command>> judges = new HashSet<>();
    }

    private final Offer offer;
    private final NodeRuns runs;
    private final ActorRef<Slots.Command> slots;
    private final ActorRef<MetricsHub.Command> hub;
    private final ActorRef<Trainer.Event> events;
    private final ActorRef<Evaluator.Forgotten> forgotten;
    private final ActorRef<Slots.Use> uses;
    private final Set<ActorRef<Evaluator.Command>> evaluators = new HashSet<>();
    private final Map<String, Open> open = new LinkedHashMap<>();
    private final Map<Key, Placed> placed = new LinkedHashMap<>();
    private final Map<Key, Integer> newestEpoch = new HashMap<>();
    private final Map<Long, Unheard> unacknowledged = new LinkedHashMap<>();
    private final Set<CheckpointRouter.Task> judging = new HashSet<>();
    private final List<Evaluator.MayJudge> asking = new ArrayList<>();
    private final List<ActorRef<Left>> leaving = new ArrayList<>();
    private long numbered;
    private @Nullable ActorRef<Supervisor.Command> supervisor;
    private @Nullable Welcome welcome;

    private NodeAgent(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Offer offer,
            SupervisionConfig supervision,
            NodeRuns runs) {
        super(context);
        this.offer = offer;
        this.runs = runs;
        this.slots = context.spawn(Slots.create(Math.max(1, offer.cpuSlots()), offer.cards()), "slots");
        this.hub = context.spawn(MetricsHub.create(), "metrics");
        this.events = context.messageAdapter(Trainer.Event.class, Told::new);
        this.forgotten = context.messageAdapter(Evaluator.Forgotten.class, Forgotten::new);
        this.uses = context.messageAdapter(Slots.Use.class, Lent::new);
        // Without them there is no node: their end is this actor's, and the guardian's.
        context.watch(slots);
        context.watch(hub);
        ActorRef<ResultLedger.Record> ledger = context.messageAdapter(ResultLedger.Record.class, Entered::new);
        ActorRef<Evaluator.Event> asked = context.messageAdapter(Evaluator.Event.class, Asked::new);
        for (int i = 0; i < offer.evaluators(); i++) {
            Behavior<Evaluator.Command> evaluator = Behaviors.supervise(
                            Evaluator.create(runs::openJudge, slots, ledger, asked))
                    .onFailure(SupervisorStrategy.restartWithBackoff(
                            supervision.minBackoff(), supervision.maxBackoff(), 0.1));
            ActorRef<Evaluator.Command> spawned = context.spawn(
                    evaluator, "evaluator-" + i, DispatcherSelector.fromConfig("unweave.evaluator-dispatcher"));
            context.watchWith(spawned, new EvaluatorGone(spawned));
            evaluators.add(spawned);
        }
        timers.startTimerWithFixedDelay(Beat.INSTANCE, BEAT);
        context.getSystem()
                .receptionist()
                .tell(Receptionist.subscribe(
                        Supervisor.SUPERVISOR, context.messageAdapter(Receptionist.Listing.class, Supervisors::new)));
        context.getSystem().receptionist().tell(Receptionist.register(AGENTS, context.getSelf()));
        context.getSystem().receptionist().tell(Receptionist.register(MetricsHub.HUBS, hub));
    }

    /**
     * @param supervision how quickly an evaluator that fails begins again
     */
    public static Behavior<Command> create(Offer offer, SupervisionConfig supervision, NodeRuns runs) {
        return Meter.ofProcess()
                .around(Behaviors.setup(context ->
                        Behaviors.withTimers(timers -> new NodeAgent(context, timers, offer, supervision, runs))));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case Supervisors supervisors -> onSupervisors(supervisors.listing());
            case Welcome welcomed -> onWelcome(welcomed);
            case Beat beat -> onBeat();
            case OpenRun opened -> onOpenRun(opened);
            case CloseRun closed -> onCloseRun(closed.run());
            case Place place -> onPlace(place);
            case Tell tell -> onTell(tell);
            case Change change -> onChange(change);
            case Acknowledge acknowledged -> unacknowledged.remove(acknowledged.number());
            case Lent lent -> onLent(lent.use());
            case Told told -> onTold(told.event());
            case TrainerGone gone -> onTrainerGone(gone);
            case FeedGone gone -> onFeedGone(gone.run());
            case Asked asked -> onAsked(asked.event());
            case Forgotten answer ->
                onForgotten(answer.forgotten().run(), answer.forgotten().evaluator());
            case EvaluatorGone gone -> onEvaluatorGone(gone.evaluator());
            case RetireEvaluators retire -> evaluators.forEach(one -> one.tell(Evaluator.Retire.INSTANCE));
            case Entered entered -> onEntered(entered.record());
            case Leave leave -> onLeave(leave.replyTo());
        }
        return this;
    }

    // There is one supervisor at most; while it moves there may be none, and for a moment both. The last one known is
    // spoken to until another is there.
    private void onSupervisors(Receptionist.Listing listing) {
        Set<ActorRef<Supervisor.Command>> found = listing.getServiceInstances(Supervisor.SUPERVISOR);
        if (supervisor == null || !found.contains(supervisor)) {
            found.stream().findFirst().ifPresent(one -> {
                supervisor = one;
                sayHello();
            });
        }
    }

    private void onWelcome(Welcome welcomed) {
        boolean other = welcome == null || welcome.term() < welcomed.term();
        if (other) {
            welcome = welcomed;
            supervisor = welcomed.supervisor();
            answer();
            getContext().getLog().info("is heard by supervisor {}", welcomed.term());
            // Only now is nothing more begun that the supervisor before this one asked for.
            sayHello();
            unacknowledged.forEach((number, unheard) -> send(number, unheard.event));
        }
    }

    private void onBeat() {
        sayHello();
        slots.tell(new Slots.GetUse(uses));
        unacknowledged.forEach((number, unheard) -> {
            if (unheard.isDue()) {
                send(number, unheard.event);
            }
        });
    }

    private void onLent(Slots.Use use) {
        Runtime machine = Runtime.getRuntime();
        hub.tell(new MetricsHub.NodeMetrics(
                offer.name(),
                offer.process(),
                offer.url(),
                use.seats(),
                placed.keySet().stream().map(key -> key.run() + "/" + key.job()).toList(),
                evaluators.size(),
                judging.size(),
                Meter.ofProcess().actors(MOST_ACTORS),
                machine.totalMemory() - machine.freeMemory(),
                machine.maxMemory(),
                CPU.getProcessCpuLoad()));
    }

    private void sayHello() {
        if (supervisor == null) {
            return;
        }
        List<Held> held = new ArrayList<>();
        placed.forEach((key, one) -> {
            if (!one.ended) {
                held.add(new Held(key.run(), key.job(), one.epoch, one.step, one.changes, one.paused, one.waitsFor));
            }
        });
        List<Judging> judged = judging.stream()
                .map(task -> new Judging(task.run(), task.job(), task.step(), task.judgement()))
                .toList();
        supervisor.tell(new Supervisor.Hello(
                leaving.isEmpty() ? offer : new Offer(offer.name(), offer.process(), 0, 0, offer.url()),
                evaluators.size(),
                getContext().getSelf(),
                welcome == null ? 0 : welcome.term(),
                hub,
                held,
                judged,
                List.copyOf(open.keySet())));
    }

    private void onOpenRun(OpenRun message) {
        Open run = open.get(message.run());
        if (run == null) {
            open.put(message.run(), new Open());
        }
        runs.add(message.run(), message.config(), message.files());
    }

    private void onCloseRun(String name) {
        Open run = open.get(name);
        if (run == null || run.closing) {
            return;
        }
        run.closing = true;
        stopTrainers(name);
        run.judges.addAll(evaluators);
        evaluators.forEach(evaluator -> evaluator.tell(new Evaluator.Forget(name, forgotten)));
        closeIfUnused(name);
    }

    private void closeIfUnused(String name) {
        Open run = open.get(name);
        if (run == null
                || !run.closing
                || placed.keySet().stream().anyMatch(key -> key.run().equals(name))) {
            return;
        }
        if (run.feed != null) {
            if (!run.feedStopped) {
                run.feedStopped = true;
                getContext().stop(run.feed);
            }
            return; // FeedGone comes back here.
        }
        if (run.judges.isEmpty()) {
            open.remove(name);
            newestEpoch.keySet().removeIf(key -> key.run().equals(name));
            unacknowledged.values().removeIf(unheard -> unheard.event.run().equals(name));
            runs.remove(name);
        }
    }

    private void onFeedGone(String run) {
        Open left = open.get(run);
        if (left == null) {
            return;
        }
        left.feed = null;
        if (!left.feedStopped) {
            // They would wait for its batches for ever; begun again, they get another.
            stopTrainers(run);
        }
        closeIfUnused(run);
    }

    private void stopTrainers(String run) {
        placed.forEach((key, one) -> {
            if (key.run().equals(run)) {
                getContext().stop(one.trainer);
            }
        });
    }

    private void onForgotten(String run, ActorRef<Evaluator.Command> evaluator) {
        Open left = open.get(run);
        if (left != null) {
            left.judges.remove(evaluator);
            closeIfUnused(run);
        }
    }

    private void onEvaluatorGone(ActorRef<Evaluator.Command> evaluator) {
        evaluators.remove(evaluator);
        List.copyOf(open.keySet()).forEach(run -> onForgotten(run, evaluator));
    }

    private void onPlace(Place place) {
        Key key = new Key(place.run(), place.job());
        Open run = open.get(place.run());
        if (run == null || run.closing || !leaving.isEmpty() || newestEpoch.getOrDefault(key, -1) >= place.epoch()) {
            return; // Not known yet: the supervisor sends it again. Or begun already, or over.
        }
        Placed earlier = placed.get(key);
        if (earlier != null) {
            getContext().stop(earlier.trainer);
            return; // It is stopped first; the supervisor sends this again.
        }
        newestEpoch.put(key, place.epoch());
        RunConfig config = runs.config(place.run());
        Seat seat = seat(config.slots().device());
        Trainer.Setup setup = new Trainer.Setup(
                place.run(),
                place.job(),
                place.epoch(),
                () -> runs.openJob(place.run(), place.job(), place.epoch(), seat),
                place.learningRateFactor(),
                seat,
                config.train().slice(),
                step -> runs.attribution(place.run(), place.job(), step),
                exchange(place.run(), run),
                feed(place.run(), run),
                slots,
                hub,
                events);
        ActorRef<Trainer.Command> trainer = getContext()
                .spawn(
                        Trainer.create(setup),
                        "trainer-" + place.run() + "-" + place.job() + "-" + place.epoch(),
                        DispatcherSelector.fromConfig("unweave.trainer-dispatcher"));
        getContext().watchWith(trainer, new TrainerGone(key, place.epoch()));
        placed.put(key, new Placed(trainer, place.epoch(), seat));
    }

    // A job stays on its card, since its thread is bound to that: on the one with the fewest. On a node without cards,
    // where
    // none is placed, opening it fails with the reason.
    private Seat seat(SlotsConfig.Kind device) {
        return switch (device) {
            case CPU -> Seat.CPU;
            case CUDA ->
                offer.cards().stream()
                        .map(Seat::card)
                        .min(Comparator.comparingLong(seat -> placed.values().stream()
                                .filter(one -> one.seat.equals(seat))
                                .count()))
                        .orElse(Seat.card(0));
        };
    }

    // One for each run that is open here, and the same on all nodes: what one is told, all hear.
    private ActorRef<Topic.Command<Exchanged>> exchange(String name, Open run) {
        ActorRef<Topic.Command<Exchanged>> topic = run.exchange;
        if (topic == null) {
            topic = getContext().spawn(Topic.create(Exchanged.class, "unweave-exchange-" + name), "exchange-" + name);
            run.exchange = topic;
        }
        return topic;
    }

    private ActorRef<ActivationFeed.Command> feed(String name, Open run) {
        ActorRef<ActivationFeed.Command> feed = run.feed;
        if (feed == null) {
            feed = getContext()
                    .spawn(runs.feed(name), "feed-" + name, DispatcherSelector.fromConfig("unweave.feed-dispatcher"));
            getContext().watchWith(feed, new FeedGone(name));
            run.feed = feed;
        }
        return feed;
    }

    private void onTell(Tell tell) {
        Placed one = placed.get(new Key(tell.run(), tell.job()));
        if (one != null && one.epoch == tell.epoch()) {
            one.trainer.tell(tell.order().command);
        }
    }

    private void onChange(Change change) {
        Placed one = placed.get(new Key(change.run(), change.job()));
        if (one != null && one.epoch == change.epoch()) {
            one.trainer.tell(new Trainer.Change(change.change()));
        }
    }

    private void onTold(Trainer.Event event) {
        Placed one = placed.get(new Key(event.run(), event.job()));
        if (one == null || one.epoch != event.epoch()) {
            return;
        }
        switch (event) {
            case Trainer.Started started -> one.step = started.step();
            case Trainer.CheckpointWritten written -> one.step = written.ref().step();
            case Trainer.Changed changed ->
                one.changes = Math.max(one.changes, changed.change().number());
            case Trainer.Paused paused -> {
                one.step = paused.step();
                one.paused = true;
                one.waitsFor = paused.reason();
            }
            case Trainer.Resumed resumed -> {
                one.paused = false;
                one.waitsFor = "";
            }
            case Trainer.Finished finished -> one.ended = true;
            case Trainer.Stopped stopped -> one.ended = true;
            case Trainer.Failed failed -> one.ended = true;
        }
        tell(event);
    }

    private void tell(Trainer.Event event) {
        numbered++;
        unacknowledged.put(numbered, new Unheard(event));
        send(numbered, event);
    }

    private void send(long number, Trainer.Event event) {
        if (supervisor != null) {
            supervisor.tell(new Supervisor.Told(getContext().getSelf(), number, event));
        }
    }

    private void onTrainerGone(TrainerGone gone) {
        Placed one = placed.get(gone.key());
        if (one == null || one.epoch != gone.epoch()) {
            return;
        }
        placed.remove(gone.key());
        if (!one.ended) {
            tell(new Trainer.Failed(
                    gone.key().run(),
                    gone.key().job(),
                    one.epoch,
                    one.step,
                    "its trainer ended without a word",
                    false));
        }
        closeIfUnused(gone.key().run());
        sayLeft();
    }

    private void onLeave(ActorRef<Left> replyTo) {
        leaving.add(replyTo);
        sayHello();
        evaluators.forEach(one -> one.tell(Evaluator.Retire.INSTANCE));
        placed.values().forEach(one -> one.trainer.tell(Trainer.Stop.INSTANCE));
        sayLeft();
    }

    private void sayLeft() {
        if (placed.isEmpty()) {
            leaving.forEach(one -> one.tell(Left.INSTANCE));
        }
    }

    private void onAsked(Evaluator.Event event) {
        switch (event) {
            case Evaluator.MayJudge may -> {
                asking.add(may);
                answer();
            }
            case Evaluator.LetGo letGo -> judging.remove(letGo.task());
            case Evaluator.Attributed attributed -> {
                hub.tell(MetricsHub.JobTold.of(attributed.run(), attributed.snapshot()));
                Open run = open.get(attributed.run());
                if (run != null && !run.closing) {
                    exchange(attributed.run(), run)
                            .tell(Topic.publish(new Exchanged(attributed.run(), attributed.snapshot())));
                }
            }
        }
    }

    // What a supervisor of before has routed, the present one routes again. One that this node has yet to hear of may
    // be
    // quicker with its checkpoints than with its welcome.
    private void answer() {
        long term = welcome == null ? 0 : welcome.term();
        for (Evaluator.MayJudge may : List.copyOf(asking)) {
            if (may.task().term() <= term) {
                asking.remove(may);
                boolean granted = may.task().term() == term;
                if (granted) {
                    judging.add(may.task());
                    sayHello(); // Many a judgement is over before the next beat.
                }
                may.replyTo().tell(new Evaluator.Permit(granted));
            }
        }
    }

    private void onEntered(ResultLedger.Record record) {
        if (welcome != null) {
            welcome.ledger().tell(record);
        }
    }
}
