package org.unweave.actors;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
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
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
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

    /** How long nodes that were there before are waited for. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int MOST_REASON = 600;

    /** Of the last things that were told, how many are known when they come again. */
    private static final int MOST_REMEMBERED = 10_000;

    public sealed interface Command {}

    /** Gives a run, or goes on with one that was stopped. */
    public record Submit(String config, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a job stop working until it is resumed. */
    public record PauseJob(String run, String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a paused job work again. */
    public record ResumeJob(String run, String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a job write a checkpoint. */
    public record CheckpointJob(String run, String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has all jobs of a run write a checkpoint and end; what is waiting to be judged is left for the next time. */
    public record StopRun(String run, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a node, by its name, give its jobs to others after a checkpoint, and take no more. */
    public record Drain(String node, ActorRef<Answer> replyTo) implements Command, Wire {}

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
            @Nullable ActorRef<MetricsHub.JobMetrics> metrics,
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

    private record TaskKey(String run, String job, long step, Judgement judgement) {}

    private record ToldKey(ActorRef<NodeAgent.Command> agent, long number) {}

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final RunHouse house;
    private final Runnable forceJournal;
    private final ActorRef<CheckpointRouter.Command> router;
    private final ActorRef<ResultLedger.Command> ledger;
    private final ActorRef<MetricsHub.Command> hub;
    private final Fleet fleet = new Fleet();
    // Agents that were there before this supervisor and have yet to answer it; null until they are known.
    private @Nullable Set<ActorRef<NodeAgent.Command>> awaited;
    private final Set<TaskKey> routed = new HashSet<>();
    // What an earlier supervisor had routed and a node still judges.
    private final Map<TaskKey, String> judgedElsewhere = new HashMap<>();
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
        this.router = context.spawn(CheckpointRouter.create(), "checkpoints");
        this.ledger = context.spawn(ResultLedger.create(), "results");
        this.hub = context.spawn(MetricsHub.create(), "metrics");
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
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Supervisor(context, timers, house, forceJournal)));
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
            case Submit submit -> onSubmit(table, submit);
            case PauseJob pause -> onPause(table, pause);
            case ResumeJob resume -> onResume(table, resume);
            case CheckpointJob write -> onCheckpoint(table, write);
            case StopRun stop -> onStop(table, stop);
            case Drain drain -> onDrain(table, drain);
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

    private Effect<JournalEntry, RunTable> keep(JournalEntry entry, ActorRef<Answer> replyTo) {
        return keep(entry, () -> replyTo.tell(new Answer(true, "")));
    }

    private Effect<JournalEntry, RunTable> refuse(ActorRef<Answer> replyTo, String problem) {
        replyTo.tell(new Answer(false, problem));
        return Effect().none();
    }

    private void decideSoon() {
        if (!deciding) {
            deciding = true;
            context.getSelf().tell(Decide.INSTANCE);
        }
    }

    // ---- what people ask for

    private Effect<JournalEntry, RunTable> onSubmit(RunTable table, Submit submit) {
        if (submit.config().getBytes(StandardCharsets.UTF_8).length > MOST_CONFIG_BYTES) {
            return refuse(
                    submit.replyTo(),
                    "the config has more than " + MOST_CONFIG_BYTES / 1024 + " KiB; give its jobs in several runs");
        }
        RunConfig run;
        try {
            run = house.read(submit.config());
            RunTable.Run known = table.run(run.name());
            if (known != null && !known.over()) {
                return refuse(
                        submit.replyTo(),
                        "there is a run named " + run.name() + " already, and it is not over; choose another name by"
                                + " --set name=...");
            }
            house.open(run);
        } catch (RuntimeException e) {
            return refuse(submit.replyTo(), String.valueOf(e.getMessage()));
        }
        Map<String, Integer> epochs = run.jobs().stream()
                .collect(Collectors.toMap(job -> job.name(), job -> nextEpoch(table, run, job.name())));
        return keep(new JournalEntry.RunSubmitted(run.name(), submit.config(), epochs), submit.replyTo());
    }

    private static int nextEpoch(RunTable table, RunConfig run, String job) {
        RunTable.Run before = table.run(run.name());
        RunTable.Job known = before == null ? null : before.job(job);
        return Math.max(known == null ? 0 : known.nextEpoch(), new JobFolder(run.folder(), job).nextEpoch());
    }

    private static String unknown(RunTable table, String run, String job) {
        RunTable.Run known = table.run(run);
        if (known == null) {
            return noRun(table, run);
        }
        return known.over()
                ? "the run " + run + " is over"
                : "no job of " + run + " is named " + job + "; there are "
                        + known.jobs().stream().map(RunTable.Job::name).toList();
    }

    private static String noRun(RunTable table, String run) {
        return "no run is named " + run + "; there are "
                + table.runs().stream().map(RunTable.Run::name).toList();
    }

    private Effect<JournalEntry, RunTable> onPause(RunTable table, PauseJob pause) {
        RunTable.Job job = table.job(pause.run(), pause.job());
        if (job == null) {
            return refuse(pause.replyTo(), unknown(table, pause.run(), pause.job()));
        }
        if (job.phase().over() || job.pauseWanted()) {
            return refuse(pause.replyTo(), job.name() + " is " + fleet.state(job) + ", which it must not be for this");
        }
        return keep(new JournalEntry.PauseWanted(pause.run(), pause.job(), true), pause.replyTo());
    }

    private Effect<JournalEntry, RunTable> onResume(RunTable table, ResumeJob resume) {
        RunTable.Job job = table.job(resume.run(), resume.job());
        if (job == null) {
            return refuse(resume.replyTo(), unknown(table, resume.run(), resume.job()));
        }
        if (job.phase().over() || !job.pauseWanted() && !fleet.isPaused(job)) {
            return refuse(resume.replyTo(), job.name() + " is " + fleet.state(job) + ", which it must not be for this");
        }
        return keep(new JournalEntry.PauseWanted(resume.run(), resume.job(), false), resume.replyTo());
    }

    private Effect<JournalEntry, RunTable> onCheckpoint(RunTable table, CheckpointJob write) {
        RunTable.Job job = table.job(write.run(), write.job());
        if (job == null) {
            return refuse(write.replyTo(), unknown(table, write.run(), write.job()));
        }
        if (job.phase().over()) {
            return refuse(write.replyTo(), job.name() + " is " + fleet.state(job) + ", which it must not be for this");
        }
        return keep(new JournalEntry.CheckpointWanted(write.run(), write.job()), write.replyTo());
    }

    private Effect<JournalEntry, RunTable> onStop(RunTable table, StopRun stop) {
        RunTable.Run run = table.run(stop.run());
        if (run == null) {
            return refuse(stop.replyTo(), noRun(table, stop.run()));
        }
        if (run.over()) {
            return refuse(stop.replyTo(), "the run " + stop.run() + " is over");
        }
        return keep(new JournalEntry.StopWanted(stop.run()), stop.replyTo());
    }

    private Effect<JournalEntry, RunTable> onDrain(RunTable table, Drain drain) {
        List<JournalEntry> entries = fleet.processes().stream()
                .filter(process -> fleet.offer(process).name().equals(drain.node()) && !table.isDrained(process))
                .<JournalEntry>map(JournalEntry.NodeDrained::new)
                .toList();
        if (entries.isEmpty()) {
            return refuse(
                    drain.replyTo(),
                    "no node named " + drain.node() + " takes jobs; there are "
                            + fleet.processes().stream()
                                    .filter(process -> !table.isDrained(process))
                                    .map(process -> fleet.offer(process).name())
                                    .toList());
        }
        return keep(entries, () -> drain.replyTo().tell(new Answer(true, "")));
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
            hello.hub().tell(new MetricsHub.Subscribe(hub.narrow()));
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
        noteJudging(process, hello);
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

    private void noteJudging(String process, Hello hello) {
        judgedElsewhere.values().removeIf(process::equals);
        for (NodeAgent.Judging one : hello.judging()) {
            TaskKey key = new TaskKey(one.run(), one.job(), one.step(), one.judgement());
            if (!routed.contains(key)) {
                judgedElsewhere.put(key, process);
            }
        }
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
        if (job.run().stopping() || moving.contains(Fleet.JobKey.of(job))) {
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

    private void place(RunTable.Job job) {
        fleet.tell(
                job.node(), new NodeAgent.Place(job.run().name(), job.name(), job.epoch(), job.learningRateFactor()));
    }

    private Effect<JournalEntry, RunTable> onAgentGone(String process) {
        Hello last = fleet.remove(process);
        if (last == null) {
            return Effect().none();
        }
        context.getLog().warn("node {} is gone", last.offer().name());
        if (awaited != null) {
            awaited.remove(last.agent());
        }
        judgedElsewhere.values().removeIf(process::equals);
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
        String run = event.run();
        String name = event.job();
        return switch (event) {
            case Trainer.Started started -> {
                moving.remove(Fleet.JobKey.of(job));
                yield keep(
                        new JournalEntry.JobStarted(
                                run,
                                name,
                                started.step(),
                                started.learningRateFactor(),
                                started.evaluated(),
                                started.attributed()),
                        acknowledge);
            }
            case Trainer.CheckpointWritten written ->
                keep(
                        new JournalEntry.CheckpointKept(run, name, written.ref(), written.wanted(), written.pace()),
                        acknowledge);
            case Trainer.Finished finished ->
                keep(new JournalEntry.JobDone(run, name, finished.step(), finished.pace()), acknowledge);
            case Trainer.Stopped stopped ->
                keep(
                        job.run().stopping()
                                ? new JournalEntry.JobStopped(run, name, stopped.step())
                                : new JournalEntry.JobUnplaced(run, name, "it was moved"),
                        acknowledge);
            case Trainer.Failed failed ->
                keep(
                        new JournalEntry.JobFailed(
                                run, name, failed.step(), shortened(failed.reason()), failed.diverged()),
                        acknowledge);
            case Trainer.Paused paused -> {
                observe(
                        job,
                        new NodeAgent.Held(run, name, job.epoch(), paused.step(), true, shortened(paused.reason())));
                acknowledge.run();
                yield Effect().none();
            }
            case Trainer.Resumed resumed -> {
                observe(job, new NodeAgent.Held(run, name, job.epoch(), resumed.step(), false, ""));
                acknowledge.run();
                yield Effect().none();
            }
        };
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
                () -> {});
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
        List<JournalEntry> entries = decisions(table);
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
        fleet.tellAll(new NodeAgent.Welcome(context.getSelf(), term, ledger));
    }

    private boolean settled() {
        return awaited != null && awaited.isEmpty();
    }

    private List<JournalEntry> decisions(RunTable table) {
        List<JournalEntry> entries = new ArrayList<>();
        Map<SlotsConfig.Kind, Placement> placements = new EnumMap<>(SlotsConfig.Kind.class);
        for (SlotsConfig.Kind device : SlotsConfig.Kind.values()) {
            placements.put(device, fleet.placement(table, device));
        }
        for (RunTable.Run run : table.active()) {
            Placement placement = Objects.requireNonNull(placements.get(run.device()));
            for (RunTable.Job job : run.jobs()) {
                switch (job.phase()) {
                    case RUNNING -> {
                        if (!fleet.has(job.node()) && settled()) {
                            entries.add(new JournalEntry.JobUnplaced(run.name(), job.name(), "its node is gone"));
                        }
                    }
                    case WAITING, RESTARTING -> {
                        if (run.stopping()) {
                            entries.add(new JournalEntry.JobStopped(run.name(), job.name(), 0));
                        } else if (job.phase() == RunTable.Phase.WAITING && settled()) {
                            placement.freest().ifPresent(process -> {
                                placement.addJob(process);
                                entries.add(
                                        new JournalEntry.JobPlaced(run.name(), job.name(), job.nextEpoch(), process));
                            });
                        }
                    }
                    case DONE, FAILED, STOPPED -> {}
                }
            }
            if (run.ended()) {
                entries.add(new JournalEntry.RunOver(run.name()));
            }
        }
        return entries;
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
        if (!job.run().stopping() && moving.add(Fleet.JobKey.of(job))) {
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
        if (!settled()) {
            return;
        }
        for (RunTable.Run run : table.active()) {
            if (run.stopping()) {
                continue;
            }
            for (Map.Entry<RunTable.Due, @Nullable CheckpointRef> due :
                    run.due().entrySet()) {
                RunTable.Due one = due.getKey();
                TaskKey key = new TaskKey(run.name(), one.job(), one.step(), one.judgement());
                if (!judgedElsewhere.containsKey(key) && routed.add(key)) {
                    router.tell(new CheckpointRouter.Route(new CheckpointRouter.Task(
                            run.name(), one.job(), one.step(), one.judgement(), term, due.getValue())));
                }
            }
        }
    }

    // What follows of an entry, once it is in the journal.
    private void follow(JournalEntry entry, RunTable table) {
        switch (entry) {
            case JournalEntry.RunSubmitted submitted -> {
                routed.removeIf(key -> key.run().equals(submitted.run()));
                RunTable.Run run = Objects.requireNonNull(table.run(submitted.run()));
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
            case JournalEntry.JobFailed failed ->
                onFailed(Objects.requireNonNull(table.job(failed.run(), failed.job())));
            case JournalEntry.JobRetried retried -> {}
            case JournalEntry.JobUnplaced unplaced -> {
                RunTable.Job job = Objects.requireNonNull(table.job(unplaced.run(), unplaced.job()));
                context.getLog().info("{} of {} waits for a node: {}", job.name(), unplaced.run(), unplaced.reason());
                forget(job);
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
        house.close(run.config());
        List<ActorRef<RunEnded>> told = followers.remove(run.name());
        if (told != null) {
            told.forEach(follower -> follower.tell(ended(run)));
        }
    }

    private RunEnded ended(RunTable.Run run) {
        return new RunEnded(run.name(), run.stopped(), fleet.standings(run), run.problems());
    }

    private void store(RunTable.@Nullable Job job) {
        if (job == null) {
            return;
        }
        try {
            new JobFolder(job.run().config().folder(), job.name()).write(fleet.standing(job));
        } catch (UncheckedIOException e) {
            context.getLog().warn("how {} stands could not be stored: {}", job.name(), e.toString());
        }
    }
}
