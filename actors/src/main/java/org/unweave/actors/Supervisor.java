package org.unweave.actors;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.eval.Control;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.TrainJob;

/**
 * Answers for a run: spawns a {@link Trainer} for each job, starts a failed one again from its last checkpoint, routes
 * checkpoints to be judged, and tells its owner when all is done.
 *
 * <p>A failure is one job's: the others do not notice. After a pause that doubles each time the job begins again from its
 * newest whole checkpoint, after a NaN with half the learning rate; when its restarts are used up it has failed, with the
 * reason, and the run goes on. What it knows can be found again from the run's folder, so nothing is lost with it.
 */
public final class Supervisor extends AbstractMatchingBehavior<Supervisor.Command> {
    /** How often a job that diverges goes back to its last checkpoint with half its learning rate. */
    private static final int MOST_HALVINGS = 3;

    public sealed interface Command {}

    /** Has a job stop working until it is resumed. */
    public record PauseJob(String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a paused job work again. */
    public record ResumeJob(String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has a job write a checkpoint now. */
    public record CheckpointJob(String job, ActorRef<Answer> replyTo) implements Command, Wire {}

    /** Has all jobs write a checkpoint and end; what is waiting to be judged is left for the next time. */
    public enum StopRun implements Command, Wire {
        INSTANCE
    }

    /** Asks how all jobs stand. */
    public record GetStatus(ActorRef<Status> replyTo) implements Command, Wire {}

    private record Told(Trainer.Event event) implements Command {}

    private record TrainerGone(String job, int epoch) implements Command {}

    private record Restart(String job) implements Command {}

    private record Judged(ResultLedger.Judged judged) implements Command {}

    /** Whether a command was taken, and if not, why. */
    public record Answer(boolean taken, String problem) implements Wire {}

    /** How all jobs stand. */
    public record Status(List<JobFolder.Standing> jobs, int evaluationsLeft) implements Wire {
        public Status {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * The run is over.
     *
     * @param stopped whether it was told to stop before it was through
     * @param problems what could not be judged, one line each
     */
    public record RunEnded(boolean stopped, List<JobFolder.Standing> jobs, List<String> problems) implements Wire {
        public RunEnded {
            jobs = List.copyOf(jobs);
            problems = List.copyOf(problems);
        }
    }

    /** Makes the trainer of a job. */
    @FunctionalInterface
    public interface Trainers {
        /**
         * @param epoch the attempt, counted over all processes that worked on the job
         * @param learningRateFactor overrides the checkpoint's, where it is given
         */
        Behavior<Trainer.Command> create(
                JobConfig job, int epoch, OptionalDouble learningRateFactor, ActorRef<Trainer.Event> supervisor);
    }

    private enum Phase {
        RUNNING,
        PAUSED,
        RESTARTING,
        DONE,
        FAILED,
        STOPPED;

        boolean over() {
            return this == DONE || this == FAILED || this == STOPPED;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final class Job {
        private final JobConfig config;
        private Phase phase = Phase.RUNNING;
        private @Nullable ActorRef<Trainer.Command> trainer;
        private int epoch;
        private int restarts;
        private int halvings;
        private long step;
        // Not known until a trainer has opened the job's checkpoint.
        private OptionalDouble learningRateFactor = OptionalDouble.empty();
        private Trainer.Pace pace = new Trainer.Pace(0, 0);
        private String reason = "";

        private Job(JobConfig config) {
            this.config = config;
        }
    }

    private record TaskKey(String job, long step) {}

    private final RunConfig run;
    private final Path runFolder;
    private final Trainers trainers;
    private final ActorRef<CheckpointRouter.Command> router;
    private final ActorRef<RunEnded> owner;
    private final TimerScheduler<Command> timers;
    private final ActorRef<Trainer.Event> events;
    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final Set<TaskKey> beingJudged = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private boolean stopping;

    private Supervisor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            RunConfig run,
            Trainers trainers,
            ActorRef<CheckpointRouter.Command> router,
            ActorRef<ResultLedger.Command> ledger,
            ActorRef<RunEnded> owner) {
        super(context);
        this.run = run;
        this.runFolder = run.folder();
        this.trainers = trainers;
        this.router = router;
        this.owner = owner;
        this.timers = timers;
        this.events = context.messageAdapter(Trainer.Event.class, Told::new);
        ledger.tell(new ResultLedger.Subscribe(context.messageAdapter(ResultLedger.Judged.class, Judged::new)));
    }

    /** Begins all jobs of the run, each where its folder left it. */
    public static Behavior<Command> create(
            RunConfig run,
            Trainers trainers,
            ActorRef<CheckpointRouter.Command> router,
            ActorRef<ResultLedger.Command> ledger,
            ActorRef<RunEnded> owner) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            Supervisor supervisor = new Supervisor(context, timers, run, trainers, router, ledger, owner);
            supervisor.begin();
            return supervisor;
        }));
    }

    private void begin() {
        for (JobConfig config : run.jobs()) {
            Job job = new Job(config);
            jobs.put(config.name(), job);
            job.epoch = nextEpoch(folder(job).checkpoints());
            spawn(job);
        }
        run.eval().controls().forEach(control -> route(Control.of(control).job(), 0, null));
    }

    private static int nextEpoch(CheckpointFolder checkpoints) {
        int epoch = 0;
        for (long step : checkpoints.steps()) {
            try {
                epoch = Math.max(
                        epoch, Checkpoint.open(checkpoints.at(step)).manifest().epoch() + 1);
            } catch (CheckpointException damaged) {
                // Its epoch is not known; the trainer passes it over and says so.
                continue;
            }
        }
        return epoch;
    }

    // Of an earlier attempt: those whose reports are stored already cost nothing. A checkpoint beyond the step that the
    // trainer began at was passed over as damaged, and will be written and routed anew.
    private void routeWaiting(Job job) {
        CheckpointFolder checkpoints = folder(job).checkpoints();
        for (long step : TrainJob.evaluatedStepsOf(run.train())) {
            if (step <= job.step && checkpoints.steps().contains(step)) {
                try {
                    route(
                            job.config.name(),
                            step,
                            Checkpoint.open(checkpoints.at(step)).ref());
                } catch (CheckpointException e) {
                    getContext().getLog().warn("the checkpoint of step {} is not judged: {}", step, e.getMessage());
                }
            }
        }
    }

    private JobFolder folder(Job job) {
        return new JobFolder(runFolder, job.config.name());
    }

    private void spawn(Job job) {
        Behavior<Trainer.Command> behavior = trainers.create(job.config, job.epoch, job.learningRateFactor, events);
        ActorRef<Trainer.Command> trainer = getContext()
                .spawn(
                        behavior,
                        "trainer-" + job.config.name() + "-" + job.epoch,
                        DispatcherSelector.fromConfig("unweave.trainer-dispatcher"));
        getContext().watchWith(trainer, new TrainerGone(job.config.name(), job.epoch));
        job.trainer = trainer;
        move(job, Phase.RUNNING);
    }

    private void route(String job, long step, @Nullable CheckpointRef checkpoint) {
        if (run.eval().evaluations().isEmpty()) {
            return;
        }
        if (beingJudged.add(new TaskKey(job, step))) {
            router.tell(new CheckpointRouter.Route(new CheckpointRouter.Task(run.name(), job, step, checkpoint)));
        }
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Told told -> onTold(told.event());
            case TrainerGone gone -> onTrainerGone(gone);
            case Restart restart -> onRestart(restart);
            case Judged judged -> onJudged(judged.judged());
            case PauseJob pause -> onCommand(pause.job(), Phase.RUNNING, Trainer.Pause.INSTANCE, pause.replyTo());
            case ResumeJob resume -> onCommand(resume.job(), Phase.PAUSED, Trainer.Resume.INSTANCE, resume.replyTo());
            case CheckpointJob write ->
                onCommand(write.job(), Phase.RUNNING, Trainer.WriteCheckpoint.INSTANCE, write.replyTo());
            case StopRun stop -> onStopRun();
            case GetStatus status -> onGetStatus(status);
        };
    }

    private Behavior<Command> onTold(Trainer.Event event) {
        Job job = jobs.get(event.job());
        if (job == null || event.epoch() != job.epoch) {
            return this; // Of an attempt that is over.
        }
        switch (event) {
            case Trainer.Started started -> {
                job.step = started.step();
                job.learningRateFactor = OptionalDouble.of(started.learningRateFactor());
                move(job, Phase.RUNNING);
                routeWaiting(job);
            }
            case Trainer.CheckpointWritten written -> onCheckpointWritten(job, written);
            case Trainer.Paused paused -> {
                job.step = paused.step();
                move(job, Phase.PAUSED);
            }
            case Trainer.Resumed resumed -> move(job, Phase.RUNNING);
            case Trainer.Finished finished -> {
                job.step = finished.step();
                job.pace = finished.pace();
                end(job, Phase.DONE);
            }
            case Trainer.Stopped stopped -> {
                job.step = stopped.step();
                end(job, Phase.STOPPED);
            }
            case Trainer.Failed failed -> onFailed(job, failed.reason(), failed.diverged());
        }
        return endIfOver();
    }

    private void onCheckpointWritten(Job job, Trainer.CheckpointWritten written) {
        job.step = written.ref().step();
        job.pace = written.pace();
        store(job);
        if (written.evaluate()) {
            route(job.config.name(), written.ref().step(), written.ref());
        }
    }

    private Behavior<Command> onTrainerGone(TrainerGone gone) {
        Job job = jobs.get(gone.job());
        if (job == null || job.epoch != gone.epoch() || job.trainer == null) {
            return this; // It had told how it ended.
        }
        onFailed(job, "its trainer ended without a word", false);
        return endIfOver();
    }

    private void onFailed(Job job, String reason, boolean diverged) {
        SupervisionConfig supervision = run.supervision();
        job.trainer = null;
        job.reason = reason;
        if (stopping) {
            end(job, Phase.STOPPED);
            return;
        }
        if (job.restarts >= supervision.maxRestarts()) {
            getContext().getLog().error("{} has failed after {} restarts: {}", job.config.name(), job.restarts, reason);
            end(job, Phase.FAILED);
            return;
        }
        if (diverged && job.halvings >= MOST_HALVINGS) {
            job.reason = "its learning rate was halved " + MOST_HALVINGS + " times, and " + reason;
            getContext().getLog().error("{} has failed: {}", job.config.name(), job.reason);
            end(job, Phase.FAILED);
            return;
        }
        job.restarts++;
        if (diverged) {
            job.halvings++;
            job.learningRateFactor = OptionalDouble.of(job.learningRateFactor.orElse(1) / 2);
        }
        Duration pause = supervision.backoff(job.restarts);
        getContext()
                .getLog()
                .warn(
                        "{} begins again from its last checkpoint in {} ms{}: {}",
                        job.config.name(),
                        pause.toMillis(),
                        diverged ? ", with half the learning rate" : "",
                        reason);
        job.epoch++;
        move(job, Phase.RESTARTING);
        timers.startSingleTimer(job.config.name(), new Restart(job.config.name()), pause);
    }

    private Behavior<Command> onRestart(Restart restart) {
        Job job = jobs.get(restart.job());
        if (job != null && job.phase == Phase.RESTARTING) {
            spawn(job);
        }
        return this;
    }

    private Behavior<Command> onJudged(ResultLedger.Judged judged) {
        if (beingJudged.remove(new TaskKey(judged.job(), judged.step()))
                && !judged.problem().isEmpty()) {
            problems.add(judged.job() + " at step " + judged.step() + " could not be judged: " + judged.problem());
        }
        return endIfOver();
    }

    private Behavior<Command> onCommand(String name, Phase wanted, Trainer.Command command, ActorRef<Answer> replyTo) {
        Job job = jobs.get(name);
        if (job == null) {
            replyTo.tell(new Answer(false, "no job is named " + name + "; there are " + jobs.keySet()));
            return this;
        }
        if (job.phase != wanted || job.trainer == null) {
            replyTo.tell(new Answer(false, name + " is " + job.phase.text() + ", which it must not be for this"));
            return this;
        }
        job.trainer.tell(command);
        replyTo.tell(new Answer(true, ""));
        return this;
    }

    private Behavior<Command> onStopRun() {
        stopping = true;
        for (Job job : jobs.values()) {
            if (job.trainer != null) {
                job.trainer.tell(Trainer.Stop.INSTANCE);
            } else if (!job.phase.over()) {
                timers.cancel(job.config.name());
                end(job, Phase.STOPPED);
            }
        }
        return endIfOver();
    }

    private Behavior<Command> onGetStatus(GetStatus status) {
        status.replyTo().tell(new Status(standings(), beingJudged.size()));
        return this;
    }

    private void move(Job job, Phase phase) {
        job.phase = phase;
        store(job);
    }

    private void end(Job job, Phase phase) {
        job.trainer = null;
        move(job, phase);
    }

    private void store(Job job) {
        try {
            folder(job).write(standing(job));
        } catch (UncheckedIOException e) {
            getContext().getLog().warn("how {} stands could not be stored: {}", job.config.name(), e.toString());
        }
    }

    private JobFolder.Standing standing(Job job) {
        return new JobFolder.Standing(
                job.config.name(),
                job.config.variant(),
                job.phase.text(),
                job.step,
                run.train().steps(),
                job.config.targetL0(),
                job.pace.seconds(),
                job.pace.rowsPerSecond(),
                job.restarts,
                job.reason);
    }

    private List<JobFolder.Standing> standings() {
        return jobs.values().stream().map(this::standing).toList();
    }

    private Behavior<Command> endIfOver() {
        boolean over = jobs.values().stream().allMatch(job -> job.phase.over());
        if (!over || !stopping && !beingJudged.isEmpty()) {
            return this;
        }
        boolean stopped = jobs.values().stream().anyMatch(job -> job.phase == Phase.STOPPED) || !beingJudged.isEmpty();
        owner.tell(new RunEnded(stopped, standings(), problems));
        return Behaviors.stopped();
    }
}
