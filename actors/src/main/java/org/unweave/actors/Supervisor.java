package org.unweave.actors;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;
import org.unweave.config.HooksConfig;
import org.unweave.config.RuleConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;

/**
 * Answers for all runs: places each job on a node that has room, has a failed one begin again from its last checkpoint,
 * routes checkpoints to be judged, and tells who follows a run when all of it is done.
 *
 * <p>A failure is one job's: the others do not notice. After a pause that doubles each time the job begins again from its
 * newest whole checkpoint, after a NaN with half the learning rate; when its restarts are used up it has failed, with the
 * reason, and the run goes on. The loss of a node counts for no restart.
 *
 * <p>There is one of it. What it decides is in its journal before anybody is told, so that the next one goes on where
 * this one was killed; what became of that meanwhile it learns from the {@link NodeAgent}s, which say all the time what
 * they hold. A command is answered when it is in the journal.
 */
public final class Supervisor extends EventSourcedBehavior<Supervisor.Command, JournalEntry, RunTable> {
    /** The supervisor registers under this key. */
    public static final ServiceKey<Command> SUPERVISOR = ServiceKey.create(Command.class, "unweave-supervisor");

    /** What a config has at most, in bytes: it travels in one message. */
    public static final int MOST_CONFIG_BYTES = 128 * 1024;

    /** In place of a step: that of the newest checkpoint. */
    public static final long NEWEST = -1;

    /** How long nodes that were there before are waited for. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int MOST_REASON = 600;

    /** Of the last things that were told, how many are known when they come again. */
    private static final int MOST_REMEMBERED = 10_000;

    public sealed interface Command {}

    /** What people ask for. */
    public sealed interface Control extends Command {
        /** Hears when it is in the journal, or why it is refused. */
        ActorRef<Answer> replyTo();
    }

    /** Gives a run, or goes on with one that was stopped. */
    public record Submit(String config, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Has a job stop working until it is resumed. */
    public record PauseJob(String run, String job, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Has a job work again that was paused, or stopped while its run goes on. */
    public record ResumeJob(String run, String job, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Has a job write a checkpoint. */
    public record CheckpointJob(String run, String job, ActorRef<Answer> replyTo) implements Control, Wire {}

    /**
     * Changes settings of a job while it trains.
     *
     * @param values by the keys of {@link org.unweave.config.LiveKeys}, as texts
     */
    public record SetJob(String run, String job, Map<String, String> values, ActorRef<Answer> replyTo)
            implements Control, Wire {
        public SetJob {
            values = Map.copyOf(values);
        }
    }

    /** Has one job of a run write a checkpoint and end. */
    public record StopJob(String run, String job, ActorRef<Answer> replyTo) implements Control, Wire {}

    /**
     * Has a checkpoint judged by the run's evaluations, once.
     *
     * @param step {@link #NEWEST} for the newest
     */
    public record EvaluateJob(String run, String job, long step, ActorRef<Answer> replyTo) implements Control, Wire {}

    /**
     * Makes another job from the newest checkpoint of one.
     *
     * @param as the other's name
     * @param values what is otherwise in it, as in {@link SetJob}; may be empty
     */
    public record ForkJob(String run, String job, String as, Map<String, String> values, ActorRef<Answer> replyTo)
            implements Control, Wire {
        public ForkJob {
            values = Map.copyOf(values);
        }
    }

    /**
     * Gives a run in work one job more.
     *
     * @param entry as those of {@code jobs} in a config file
     */
    public record AddJob(String run, String entry, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Has all jobs of a run write a checkpoint and end; what is waiting to be judged is left for the next time. */
    public record StopRun(String run, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Has a node, by its name, give its jobs to others after a checkpoint, and take no more. */
    public record Drain(String node, ActorRef<Answer> replyTo) implements Control, Wire {}

    /** Asks how a run stands. */
    public record GetStatus(String run, ActorRef<Status> replyTo) implements Command, Wire {}

    /** Asks which runs and nodes there are. */
    public record GetOverview(ActorRef<Overview> replyTo) implements Command, Wire {}

    /**
     * Tells when a run is over, and of its measurements and evaluations until then.
     *
     * @param metrics null where they are not wanted
     * @param judged null where they are not wanted
     */
    public record Follow(
            String run,
            ActorRef<RunEnded> ended,
            @Nullable ActorRef<MetricsHub.Measurement> metrics,
            @Nullable ActorRef<ResultLedger.Judged> judged)
            implements Command {}

    /**
     * What a node offers and holds; said all the time.
     *
     * @param evaluators how many evaluators it has now
     * @param term the supervisor that it was welcomed by, 0 before
     * @param open the runs that it knows
     */
    public record Hello(
            NodeAgent.Offer offer,
            int evaluators,
            ActorRef<NodeAgent.Command> agent,
            long term,
            ActorRef<MetricsHub.Command> hub,
            List<NodeAgent.Held> held,
            List<NodeAgent.Judging> judging,
            List<String> open)
            implements Command, Wire {
        public Hello {
            held = List.copyOf(held);
            judging = List.copyOf(judging);
            open = List.copyOf(open);
        }
    }

    /** What a trainer tells; sent until {@link NodeAgent.Acknowledge} comes back. */
    public record Told(ActorRef<NodeAgent.Command> agent, long number, Trainer.Event event) implements Command, Wire {}

    /** A rule of a run has held for a job. */
    record FollowRule(String run, String job, RuleConfig rule, long step) implements Command {}

    private record AgentGone(String process) implements Command {}

    private record Agents(Receptionist.Listing listing) implements Command {}

    private record Retry(String run, String job) implements Command {}

    private record Judged(ResultLedger.Judged judged) implements Command {}

    private enum Decide implements Command {
        INSTANCE
    }

    private enum PatienceOver implements Command {
        INSTANCE
    }

    /** Whether a command was taken, and if not, why. */
    public record Answer(boolean taken, String problem) implements Wire {}

    /**
     * How a run stands.
     *
     * @param state {@code running}, {@code stopping}, {@code stopped}, {@code done}, or {@code unknown}
     * @param folder the run's, as the supervisor's node has it
     * @param problems what could not be judged, one line each
     */
    public record Status(
            String run,
            String state,
            String folder,
            List<JobFolder.Standing> jobs,
            int evaluationsLeft,
            List<String> problems)
            implements Wire {
        public Status {
            jobs = List.copyOf(jobs);
            problems = List.copyOf(problems);
        }
    }

    /** A run, and its state as {@link Status} has it. */
    public record RunLine(String run, String state) implements Wire {}

    /** A node, and what it does. */
    public record NodeLine(
            String name,
            int cpuSlots,
            List<Integer> cards,
            String refused,
            int jobs,
            int evaluators,
            int judging,
            boolean drained,
            String url)
            implements Wire {
        public NodeLine {
            cards = List.copyOf(cards);
        }
    }

    /** All runs and nodes. */
    public record Overview(List<RunLine> runs, List<NodeLine> nodes) implements Wire {
        public Overview {
            runs = List.copyOf(runs);
            nodes = List.copyOf(nodes);
        }
    }

    /**
     * A run is over.
     *
     * @param stopped whether it was told to stop before it was through
     * @param problems what could not be judged, one line each
     */
    public record RunEnded(String run, boolean stopped, List<JobFolder.Standing> jobs, List<String> problems)
            implements Wire {
        public RunEnded {
            jobs = List.copyOf(jobs);
            problems = List.copyOf(problems);
        }
    }

    private record ToldKey(ActorRef<NodeAgent.Command> agent, long number) {}

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final RunHouse house;
    private final Runnable forceJournal;
    private final ActorRef<CheckpointRouter.Command> router;
    private final ActorRef<ResultLedger.Command> ledger;
    private final ActorRef<MetricsHub.Command> hub;
    private final ActorRef<Newsroom.Command> newsroom;
    private final ActorRef<RuleWatcher.Command> rules;
    private final Fleet fleet = new Fleet();
    private final ControlDesk desk;
    // Agents that were there before this supervisor and have yet to answer it; null until they are known.
    private @Nullable Set<ActorRef<NodeAgent.Command>> awaited;
    private final Routing routing = new Routing();
    private final Set<Fleet.JobKey> moving = new HashSet<>();
    private final Set<ToldKey> heard = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ToldKey, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });
    private final Map<String, List<ActorRef<RunEnded>>> followers = new HashMap<>();
    private boolean deciding;
    // Which supervisor this is, counted from 1; 0 until that is in the journal.
    private long term;

    private Supervisor(
            ActorContext<Command> context, TimerScheduler<Command> timers, RunHouse house, Runnable forceJournal) {
        super(
                PersistenceId.ofUniqueId("supervisor"),
                SupervisorStrategy.restartWithBackoff(Duration.ofMillis(500), Duration.ofSeconds(10), 0.1));
        this.context = context;
        this.timers = timers;
        this.house = house;
        this.forceJournal = forceJournal;
        this.desk = new ControlDesk(house, fleet);
        this.router = context.spawn(CheckpointRouter.create(), "checkpoints");
        this.ledger = context.spawn(ResultLedger.create(), "results");
        this.hub = context.spawn(MetricsHub.create(), "metrics");
        this.newsroom = context.spawn(Newsroom.create(), "news");
        this.rules = context.spawn(RuleWatcher.create(hub, context.getSelf()), "rules");
        ledger.tell(new ResultLedger.Subscribe(context.messageAdapter(ResultLedger.Judged.class, Judged::new)));
    }

    /** A supervisor whose journal keeps what it has taken. */
    public static Behavior<Command> create(RunHouse house) {
        return create(house, () -> {});
    }

    /**
     * @param house makes and opens the folders of runs
     * @param forceJournal returns when what the journal has taken is there whatever happens; called before anybody is told
     */
    public static Behavior<Command> create(RunHouse house, Runnable forceJournal) {
        return Meter.ofProcess()
                .around(Behaviors.setup(context ->
                        Behaviors.withTimers(timers -> new Supervisor(context, timers, house, forceJournal))));
    }

    @Override
    public RunTable emptyState() {
        return new RunTable(house::read);
    }

    @Override
    public EventHandler<RunTable, JournalEntry> eventHandler() {
        return RunTable::apply;
    }

    @Override
    public SignalHandler<RunTable> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::onRecovered)
                .build();
    }

    private void onRecovered(RunTable table) {
        for (RunTable.Run run : table.active()) {
            try {
                house.open(run.config());
            } catch (RuntimeException e) {
                context.getLog().warn("the folder of run {} is not opened: {}", run.name(), e.getMessage());
            }
            rules.tell(new RuleWatcher.Watch(run.name(), run.config().rules()));
            for (RunTable.Job job : run.jobs()) {
                if (job.phase() == RunTable.Phase.RESTARTING) {
                    retryLater(job);
                }
            }
        }
        timers.startSingleTimer(PatienceOver.INSTANCE, PATIENCE);
        context.getSystem()
                .receptionist()
                .tell(Receptionist.find(
                        NodeAgent.AGENTS, context.messageAdapter(Receptionist.Listing.class, Agents::new)));
    }

    @Override
    public CommandHandler<Command, JournalEntry, RunTable> commandHandler() {
        return this::onCommand;
    }

    private Effect<JournalEntry, RunTable> onCommand(RunTable table, Command command) {
        return switch (command) {
            case Control control -> onControl(table, control);
            case FollowRule held -> onFollowRule(table, held);
            case GetStatus status -> {
                status.replyTo().tell(fleet.status(table, status.run()));
                yield Effect().none();
            }
            case GetOverview overview -> {
                overview.replyTo().tell(fleet.overview(table));
                yield Effect().none();
            }
            case Follow follow -> onFollow(table, follow);
            case Agents agents -> onAgents(agents.listing());
            case PatienceOver over -> onPatienceOver();
            case Hello hello -> onHello(table, hello);
            case AgentGone gone -> onAgentGone(gone.process());
            case Told told -> onTold(table, told);
            case Retry retry -> onRetry(table, retry);
            case Judged judged -> onJudged(table, judged.judged());
            case Decide decide -> onDecide(table);
        };
    }

    // Keeps entries, does what follows of each, and then looks what is to be done next.
    private Effect<JournalEntry, RunTable> keep(List<JournalEntry> entries, Runnable after) {
        return Effect().persist(entries).thenRun(table -> {
            forceJournal.run();
            entries.forEach(entry -> follow(entry, table));
            after.run();
            decideSoon();
        });
    }

    private Effect<JournalEntry, RunTable> keep(JournalEntry entry, Runnable after) {
        return keep(List.of(entry), after);
    }

    private void decideSoon() {
        if (!deciding) {
            deciding = true;
            context.getSelf().tell(Decide.INSTANCE);
        }
    }

    // ---- what people ask for

    private Effect<JournalEntry, RunTable> onControl(RunTable table, Control control) {
        ControlDesk.Ruling ruling = desk.rule(table, control);
        Answer answer = new Answer(ruling.problem().isEmpty(), ruling.problem());
        if (!answer.taken()) {
            control.replyTo().tell(answer);
            return Effect().none();
        }
        return keep(ruling.entries(), () -> control.replyTo().tell(answer));
    }

    private Effect<JournalEntry, RunTable> onFollowRule(RunTable table, FollowRule held) {
        List<JournalEntry> entries = desk.rule(table, held);
        return entries.isEmpty() ? Effect().none() : keep(entries, () -> {});
    }

    private Effect<JournalEntry, RunTable> onFollow(RunTable table, Follow follow) {
        if (follow.metrics() != null) {
            hub.tell(new MetricsHub.Subscribe(follow.metrics()));
        }
        if (follow.judged() != null) {
            ledger.tell(new ResultLedger.Subscribe(follow.judged()));
        }
        RunTable.Run run = table.run(follow.run());
        if (run != null && run.over()) {
            follow.ended().tell(ended(run));
        } else {
            followers.computeIfAbsent(follow.run(), name -> new ArrayList<>()).add(follow.ended());
        }
        return Effect().none();
    }

    // ---- what nodes say

    private Effect<JournalEntry, RunTable> onAgents(Receptionist.Listing listing) {
        awaited = new HashSet<>(listing.getAllServiceInstances(NodeAgent.AGENTS));
        decideSoon();
        return Effect().none();
    }

    private Effect<JournalEntry, RunTable> onPatienceOver() {
        if (awaited == null || !awaited.isEmpty()) {
            context.getLog().warn("goes on without the nodes {}, which do not answer", awaited);
            awaited = new HashSet<>();
        }
        decideSoon();
        return Effect().none();
    }

    private Effect<JournalEntry, RunTable> onHello(RunTable table, Hello hello) {
        String process = hello.offer().process();
        boolean joins = fleet.put(hello);
        if (joins) {
            context.watchWith(hello.agent(), new AgentGone(process));
            hello.hub().tell(new MetricsHub.Subscribe(MetricsHub.listening(hub)));
            tellNews(new Newsroom.NodeJoined(hello.offer().name()));
            context.getLog()
                    .info(
                            "node {} offers {} slots, the cards {} and {} evaluators",
                            hello.offer().name(),
                            hello.offer().cpuSlots(),
                            hello.offer().cards(),
                            hello.offer().evaluators());
        }
        if (term == 0) {
            return Effect().none();
        }
        if (hello.term() != term) {
            fleet.tell(process, new NodeAgent.Welcome(context.getSelf(), term, ledger));
        } else if (awaited != null) {
            awaited.remove(hello.agent());
        }
        if (joins && !hello.offer().url().isEmpty()) {
            openAll(table); // The others may have files from it, too.
        } else {
            table.active().stream()
                    .filter(run -> !hello.open().contains(run.name()))
                    .forEach(run -> fleet.tell(process, openRun(run)));
        }
        for (String open : hello.open()) {
            RunTable.Run run = table.run(open);
            if (run == null || run.over()) {
                fleet.tell(process, new NodeAgent.CloseRun(open));
            }
        }
        routing.note(process, hello.judging());
        compare(table, hello);
        decideSoon();
        return Effect().none();
    }

    private void openAll(RunTable table) {
        table.active().forEach(run -> fleet.tellAll(openRun(run)));
    }

    private NodeAgent.OpenRun openRun(RunTable.Run run) {
        return new NodeAgent.OpenRun(run.name(), run.text(), fleet.files());
    }

    // What a node holds with what it should hold; a message that was lost is sent again.
    private void compare(RunTable table, Hello hello) {
        String process = hello.offer().process();
        Map<Fleet.JobKey, NodeAgent.Held> held = new HashMap<>();
        for (NodeAgent.Held one : hello.held()) {
            RunTable.Job job = table.job(one.run(), one.job());
            if (job != null && job.isPlaced(one.epoch()) && job.node().equals(process)) {
                held.put(new Fleet.JobKey(one.run(), one.job()), one);
            } else {
                fleet.tell(process, new NodeAgent.Tell(one.run(), one.job(), one.epoch(), NodeAgent.Order.STOP));
            }
        }
        for (RunTable.Run run : table.active()) {
            for (RunTable.Job job : run.jobs()) {
                if (job.phase() == RunTable.Phase.RUNNING && job.node().equals(process)) {
                    NodeAgent.Held one = held.get(Fleet.JobKey.of(job));
                    if (one == null) {
                        place(job);
                    } else {
                        observe(job, one);
                        job.changes().tailMap(one.changes(), false).values().forEach(change -> change(job, change));
                        direct(job, one.paused(), !one.waitsFor().isEmpty());
                    }
                }
            }
        }
    }

    private void observe(RunTable.Job job, NodeAgent.Held held) {
        if (fleet.observe(job, held)) {
            store(job);
        }
    }

    private void direct(RunTable.Job job, boolean paused, boolean waits) {
        if (job.stopWanted() || moving.contains(Fleet.JobKey.of(job))) {
            tell(job, NodeAgent.Order.STOP);
            return;
        }
        if (job.pauseWanted() && !paused) {
            tell(job, NodeAgent.Order.PAUSE);
        } else if (!job.pauseWanted() && paused && !waits) {
            tell(job, NodeAgent.Order.RESUME);
        }
        if (job.checkpointWanted()) {
            tell(job, NodeAgent.Order.CHECKPOINT);
        }
    }

    private void tell(RunTable.Job job, NodeAgent.Order order) {
        fleet.tell(job.node(), new NodeAgent.Tell(job.run().name(), job.name(), job.epoch(), order));
    }

    private void change(RunTable.Job job, JobChange change) {
        fleet.tell(job.node(), new NodeAgent.Change(job.run().name(), job.name(), job.epoch(), change));
    }

    private void place(RunTable.Job job) {
        if (!job.run().config().added().isEmpty()) {
            fleet.tell(job.node(), openRun(job.run())); // That it has the job may have been lost on its way.
        }
        fleet.tell(
                job.node(), new NodeAgent.Place(job.run().name(), job.name(), job.epoch(), job.learningRateFactor()));
    }

    private Effect<JournalEntry, RunTable> onAgentGone(String process) {
        Hello last = fleet.remove(process);
        if (last == null) {
            return Effect().none();
        }
        context.getLog().warn("node {} is gone", last.offer().name());
        tellNews(new Newsroom.NodeLost(last.offer().name()));
        if (awaited != null) {
            awaited.remove(last.agent());
        }
        routing.forgetNode(process);
        decideSoon();
        return Effect().none();
    }

    private Effect<JournalEntry, RunTable> onTold(RunTable table, Told told) {
        Trainer.Event event = told.event();
        ToldKey key = new ToldKey(told.agent(), told.number());
        Runnable acknowledge = () -> {
            heard.add(key);
            told.agent().tell(new NodeAgent.Acknowledge(told.number()));
        };
        if (heard.contains(key)) {
            // The answer before this one is lost or on its way.
            acknowledge.run();
            return Effect().none();
        }
        RunTable.Job job = table.job(event.run(), event.job());
        if (job == null || !job.isPlaced(event.epoch())) {
            acknowledge.run(); // Of a placement that is over.
            return Effect().none();
        }
        TrainerNews.held(job, event).ifPresent(held -> observe(job, held));
        Optional<JournalEntry> entry = TrainerNews.entry(job, event);
        if (entry.isEmpty()) {
            acknowledge.run();
            return Effect().none();
        }
        return keep(entry.get(), acknowledge);
    }

    static String shortened(String reason) {
        return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + " ...";
    }

    private Effect<JournalEntry, RunTable> onRetry(RunTable table, Retry retry) {
        RunTable.Job job = table.job(retry.run(), retry.job());
        if (job == null || job.phase() != RunTable.Phase.RESTARTING) {
            return Effect().none();
        }
        return keep(new JournalEntry.JobRetried(retry.run(), retry.job()), () -> {});
    }

    private Effect<JournalEntry, RunTable> onJudged(RunTable table, ResultLedger.Judged judged) {
        RunTable.Run run = table.run(judged.run());
        if (run == null
                || run.over()
                || !run.due().containsKey(new RunTable.Due(judged.job(), judged.step(), judged.judgement()))) {
            return Effect().none();
        }
        return keep(
                new JournalEntry.CheckpointJudged(
                        judged.run(), judged.job(), judged.step(), judged.judgement(), shortened(judged.problem())),
                () -> tellNews(new Newsroom.Evaluated(judged)));
    }

    // ---- what is to be done

    private Effect<JournalEntry, RunTable> onDecide(RunTable table) {
        deciding = false;
        if (term == 0) {
            if (awaited == null) {
                return Effect().none();
            }
            term = table.term() + 1;
            return keep(new JournalEntry.TermBegun(term), this::welcome);
        }
        List<JournalEntry> entries = Planner.entries(table, fleet, settled());
        if (!entries.isEmpty()) {
            return keep(entries, () -> {});
        }
        route(table);
        balance(table);
        return Effect().none();
    }

    private void welcome() {
        context.getLog().info("is supervisor {}", term);
        context.getSystem().receptionist().tell(Receptionist.register(SUPERVISOR, context.getSelf()));
        context.getSystem().receptionist().tell(Receptionist.register(Newsroom.NEWSROOMS, newsroom));
        fleet.tellAll(new NodeAgent.Welcome(context.getSelf(), term, ledger));
    }

    private boolean settled() {
        return awaited != null && awaited.isEmpty();
    }

    // One job at a time goes from the fullest node to the emptiest. All jobs leave a node that is drained.
    private void balance(RunTable table) {
        if (settled()) {
            for (SlotsConfig.Kind device : SlotsConfig.Kind.values()) {
                balance(table, device);
            }
        }
    }

    private void balance(RunTable table, SlotsConfig.Kind device) {
        Placement placement = fleet.placement(table, device);
        placement.freest().ifPresent(to -> {
            for (String process : fleet.processes()) {
                if (table.isDrained(process)) {
                    placedOn(table, process, device).forEach(this::move);
                }
            }
            if (moving.isEmpty()) {
                placement
                        .relievedBy(to)
                        .ifPresent(from -> placedOn(table, from, device).stream()
                                .filter(fleet::works)
                                .findFirst()
                                .ifPresent(this::move));
            }
        });
    }

    private void move(RunTable.Job job) {
        if (!job.stopWanted() && moving.add(Fleet.JobKey.of(job))) {
            context.getLog()
                    .info(
                            "{} of {} leaves node {}",
                            job.name(),
                            job.run().name(),
                            fleet.offer(job.node()).name());
            tell(job, NodeAgent.Order.STOP);
        }
    }

    private static List<RunTable.Job> placedOn(RunTable table, String process, SlotsConfig.Kind device) {
        return table.placedOn(process).stream()
                .filter(job -> job.run().device() == device)
                .toList();
    }

    // Not before all nodes have said what they judge by an earlier supervisor's word.
    private void route(RunTable table) {
        if (settled()) {
            routing.take(table, term).forEach(task -> router.tell(new CheckpointRouter.Route(task)));
        }
    }

    // What follows of an entry, once it is in the journal.
    private void follow(JournalEntry entry, RunTable table) {
        Newsroom.of(entry, table, fleet).forEach(this::tellNews);
        switch (entry) {
            case JournalEntry.RunSubmitted submitted -> {
                routing.forgetRun(submitted.run());
                RunTable.Run run = Objects.requireNonNull(table.run(submitted.run()));
                rules.tell(new RuleWatcher.Watch(run.name(), run.config().rules()));
                run.jobs().forEach(this::store); // Others wait for none that has failed, and this may have, before.
                fleet.tellAll(openRun(run));
            }
            case JournalEntry.JobPlaced placed -> {
                RunTable.Job job = Objects.requireNonNull(table.job(placed.run(), placed.job()));
                fleet.forget(job);
                store(job);
                place(job);
            }
            case JournalEntry.JobStarted started -> {
                RunTable.Job job = Objects.requireNonNull(table.job(started.run(), started.job()));
                moving.remove(Fleet.JobKey.of(job));
                store(job);
                directAtOnce(job);
            }
            case JournalEntry.CheckpointKept kept -> store(table.job(kept.run(), kept.job()));
            case JournalEntry.PauseWanted wanted -> {
                RunTable.Job job = Objects.requireNonNull(table.job(wanted.run(), wanted.job()));
                tellAtOnce(job, wanted.paused() ? NodeAgent.Order.PAUSE : NodeAgent.Order.RESUME);
            }
            case JournalEntry.CheckpointWanted wanted ->
                tellAtOnce(Objects.requireNonNull(table.job(wanted.run(), wanted.job())), NodeAgent.Order.CHECKPOINT);
            case JournalEntry.JobChanged changed -> {
                RunTable.Job job = Objects.requireNonNull(table.job(changed.run(), changed.job()));
                if (changed.change().step() == JobChange.UNDECIDED && job.phase() == RunTable.Phase.RUNNING) {
                    change(job, changed.change());
                }
                store(job);
            }
            case JournalEntry.JobStopWanted wanted -> {
                RunTable.Job job = Objects.requireNonNull(table.job(wanted.run(), wanted.job()));
                directAtOnce(job);
                store(job);
            }
            case JournalEntry.RuleHeld held -> {
                RunTable.Job job = Objects.requireNonNull(table.job(held.run(), held.job()));
                context.getLog().warn("{} of {}: {}", job.name(), held.run(), held.reason());
                store(job);
                happened(job, HooksConfig.Event.RULE_HELD, "");
            }
            case JournalEntry.EvaluationWanted wanted ->
                routing.forget(wanted.run(), wanted.job(), wanted.ref().step());
            case JournalEntry.JobAdded added -> onAdded(Objects.requireNonNull(table.job(added.run(), added.job())));
            case JournalEntry.JobFailed failed ->
                onFailed(Objects.requireNonNull(table.job(failed.run(), failed.job())));
            case JournalEntry.JobRetried retried -> {}
            case JournalEntry.JobUnplaced unplaced -> {
                RunTable.Job job = Objects.requireNonNull(table.job(unplaced.run(), unplaced.job()));
                context.getLog().info("{} of {} waits for a node: {}", job.name(), unplaced.run(), unplaced.reason());
                forget(job);
                if (!unplaced.lost().isEmpty()) {
                    happened(job, HooksConfig.Event.NODE_LOST, unplaced.lost());
                }
            }
            case JournalEntry.JobDone done -> forget(Objects.requireNonNull(table.job(done.run(), done.job())));
            case JournalEntry.JobStopped stopped ->
                forget(Objects.requireNonNull(table.job(stopped.run(), stopped.job())));
            case JournalEntry.CheckpointJudged judged -> {}
            case JournalEntry.StopWanted wanted ->
                Objects.requireNonNull(table.run(wanted.run())).jobs().forEach(this::directAtOnce);
            case JournalEntry.RunOver over -> onOver(Objects.requireNonNull(table.run(over.run())));
            case JournalEntry.NodeDrained drained -> fleet.tell(drained.process(), NodeAgent.RetireEvaluators.INSTANCE);
            case JournalEntry.TermBegun begun -> openAll(table);
        }
    }

    private void onAdded(RunTable.Job job) {
        try {
            house.amend(job.run().config());
        } catch (RuntimeException e) {
            // It is put there when the run's folder is opened the next time.
            context.getLog()
                    .warn("the config of run {} is not amended: {}", job.run().name(), e.getMessage());
        }
        store(job);
        fleet.tellAll(openRun(job.run()));
    }

    private void happened(RunTable.Job job, HooksConfig.Event event, String node) {
        house.happened(
                job.run().config(),
                new Happening(event, job.run().name(), job.name(), node, fleet.state(job), job.reason()));
    }

    private void forget(RunTable.Job job) {
        fleet.forget(job);
        moving.remove(Fleet.JobKey.of(job));
        store(job);
    }

    private void directAtOnce(RunTable.Job job) {
        if (job.phase() == RunTable.Phase.RUNNING) {
            direct(job, fleet.isPaused(job), false);
        }
    }

    private void tellAtOnce(RunTable.Job job, NodeAgent.Order order) {
        if (job.phase() == RunTable.Phase.RUNNING) {
            tell(job, order);
        }
    }

    private void onFailed(RunTable.Job job) {
        forget(job);
        if (job.phase() == RunTable.Phase.FAILED) {
            context.getLog().error("{} has failed after {} restarts: {}", job.name(), job.restarts(), job.reason());
            happened(job, HooksConfig.Event.JOB_FAILED, "");
        } else if (job.phase() == RunTable.Phase.RESTARTING) {
            context.getLog()
                    .warn(
                            "{} begins again from its last checkpoint in {} ms: {}",
                            job.name(),
                            retryLater(job).toMillis(),
                            job.reason());
        }
    }

    private Duration retryLater(RunTable.Job job) {
        Duration pause = job.run().config().supervision().backoff(job.restarts());
        timers.startSingleTimer(Fleet.JobKey.of(job), new Retry(job.run().name(), job.name()), pause);
        return pause;
    }

    private void onOver(RunTable.Run run) {
        run.jobs().forEach(this::store);
        router.tell(new CheckpointRouter.Cancel(run.name()));
        fleet.tellAll(new NodeAgent.CloseRun(run.name()));
        house.happened(
                run.config(),
                new Happening(
                        HooksConfig.Event.RUN_ENDED,
                        run.name(),
                        "",
                        "",
                        run.stopped() ? "stopped" : "done",
                        shortened(String.join("; ", run.problems()))));
        house.close(run.config());
        rules.tell(new RuleWatcher.Forget(run.name()));
        List<ActorRef<RunEnded>> told = followers.remove(run.name());
        if (told != null) {
            told.forEach(follower -> follower.tell(ended(run)));
        }
    }

    private RunEnded ended(RunTable.Run run) {
        return new RunEnded(run.name(), run.stopped(), fleet.standings(run), run.problems());
    }

    private void tellNews(Newsroom.News news) {
        newsroom.tell(new Newsroom.Publish(news));
    }

    private void store(RunTable.@Nullable Job job) {
        if (job == null) {
            return;
        }
        tellNews(Newsroom.changed(job, fleet));
        try {
            new JobFolder(job.run().config().folder(), job.name()).write(fleet.standing(job));
        } catch (UncheckedIOException e) {
            context.getLog().warn("how {} stands could not be stored: {}", job.name(), e.toString());
        }
    }
}
