package org.unweave.actors;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.config.LiveKeys;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.eval.Control;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;

/** All runs and their jobs as the {@link Supervisor}'s journal has them. Changed by {@link #apply} alone. */
final class RunTable {
    /** How often a job that diverges goes back to its last checkpoint with half its learning rate. */
    private static final int MOST_HALVINGS = 3;

    enum Phase {
        /** For a node that has room. */
        WAITING,
        RUNNING,
        /** For the end of its pause after a failure. */
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

    /** A job of a run. */
    static final class Job {
        private final Run run;
        private final NavigableMap<Integer, JobChange> changes = new TreeMap<>();
        // As its changes have made it.
        private JobConfig config;
        private Phase phase = Phase.WAITING;
        private int nextEpoch;
        private String node = "";
        private int restarts;
        private int halvings;
        private long step;
        // Not known until a trainer has opened the job's checkpoint.
        private OptionalDouble learningRateFactor = OptionalDouble.empty();
        private Trainer.Pace pace = new Trainer.Pace(0, 0);
        private String reason = "";
        private boolean pauseWanted;
        private boolean checkpointWanted;
        private boolean stopWanted;

        private Job(Run run, JobConfig config, int nextEpoch) {
            this.run = run;
            this.config = config;
            this.nextEpoch = nextEpoch;
        }

        Run run() {
            return run;
        }

        String name() {
            return config.name();
        }

        Phase phase() {
            return phase;
        }

        /** The number of its present or last placement. */
        int epoch() {
            return nextEpoch - 1;
        }

        int nextEpoch() {
            return nextEpoch;
        }

        /** Where it is placed; meaningful while it is running. */
        String node() {
            return node;
        }

        int restarts() {
            return restarts;
        }

        String reason() {
            return reason;
        }

        OptionalDouble learningRateFactor() {
            return learningRateFactor;
        }

        boolean pauseWanted() {
            return pauseWanted;
        }

        boolean checkpointWanted() {
            return checkpointWanted;
        }

        /** Whether it is to write a checkpoint and end, by itself or with its run. */
        boolean stopWanted() {
            return stopWanted || run.stopping;
        }

        /** With all its changes. */
        JobConfig config() {
            return config;
        }

        /** With which it makes, or would make, the update after a checkpoint. */
        JobConfig configAt(Manifest checkpoint) {
            JobConfig at = checkpoint.job();
            for (JobChange change : changes.values()) {
                if (change.step() == checkpoint.step()) {
                    at = LiveKeys.changed(at, change.values());
                }
            }
            return at;
        }

        /** By their numbers, those that it has yet to take among them. */
        NavigableMap<Integer, JobChange> changes() {
            return changes;
        }

        boolean isPlaced(int epoch) {
            return phase == Phase.RUNNING && epoch == epoch();
        }

        JobFolder.Standing standing(String state, String why) {
            return new JobFolder.Standing(
                    config.name(),
                    config.variant(),
                    state,
                    step,
                    run.config.train().steps(),
                    config.targetL0(),
                    pace.seconds(),
                    pace.rowsPerSecond(),
                    restarts,
                    set(),
                    why.isEmpty() ? reason : why);
        }

        private String set() {
            Map<String, String> newest = new TreeMap<>();
            changes.values()
                    .forEach(change -> change.values()
                            .forEach((key, value) -> newest.put(
                                    key,
                                    key + "=" + value + "@"
                                            + (change.step() == JobChange.UNDECIDED ? "?" : change.step()))));
            return String.join(" ", newest.values());
        }

        private void change(JobChange change) {
            JobChange known = changes.put(change.number(), change);
            if (known == null) {
                try {
                    config = LiveKeys.changed(config, change.values());
                } catch (RuntimeException unfit) {
                    // Of a replay of other jobs: its trainer fails at it, and says why. The table must take every
                    // entry.
                }
            }
        }

        private void fail(JournalEntry.JobFailed failed) {
            node = "";
            reason = failed.reason();
            if (stopWanted()) {
                phase = Phase.STOPPED;
            } else if (restarts >= run.config.supervision().maxRestarts()) {
                phase = Phase.FAILED;
            } else if (failed.diverged() && halvings >= MOST_HALVINGS) {
                reason = "its learning rate was halved " + MOST_HALVINGS + " times, and " + reason;
                phase = Phase.FAILED;
            } else {
                restarts++;
                if (failed.diverged()) {
                    halvings++;
                    learningRateFactor = OptionalDouble.of(learningRateFactor.orElse(1) / 2);
                }
                phase = Phase.RESTARTING;
            }
        }
    }

    /** A checkpoint of a job, or a control, which has none. */
    record Due(String job, long step, Judgement judgement) {}

    /** A run. */
    static final class Run {
        private final Map<String, Job> jobs = new LinkedHashMap<>();
        private final Map<Due, @Nullable CheckpointRef> due = new LinkedHashMap<>();
        private final Set<Due> judged = new HashSet<>();
        private final List<String> problems = new ArrayList<>();
        private String text;
        private RunConfig config;
        private boolean stopping;
        private boolean over;

        private Run(String text, RunConfig config) {
            this.text = text;
            this.config = config;
        }

        String name() {
            return config.name();
        }

        String text() {
            return text;
        }

        RunConfig config() {
            return config;
        }

        /** What its jobs are trained on. */
        SlotsConfig.Kind device() {
            return config.slots().device();
        }

        Collection<Job> jobs() {
            return jobs.values();
        }

        @Nullable
        Job job(String name) {
            return jobs.get(name);
        }

        /** What is to be judged and is not yet. */
        Map<Due, @Nullable CheckpointRef> due() {
            return due;
        }

        /** Whether others of the run wait for what this job tells, as long as it is not over or has not failed. */
        boolean awaits(Job job) {
            return config.exchange().repeatable()
                    && config.exchange().replay().isEmpty()
                    && !config.added().contains(job.name())
                    && job.config().similarity().weight() > 0
                    && jobs.values().stream()
                            .anyMatch(other -> other != job
                                    && !other.phase().over()
                                    && other.config().poolsStatistics());
        }

        /** Whether what is due was judged, or has failed to be. */
        boolean isJudged(Due one) {
            return judged.contains(one);
        }

        List<String> problems() {
            return problems;
        }

        boolean stopping() {
            return stopping;
        }

        boolean over() {
            return over;
        }

        /** Whether nothing is left to do for it. */
        boolean ended() {
            return jobs.values().stream().allMatch(job -> job.phase.over()) && (stopping || due.isEmpty());
        }

        /** Whether it was told to stop before it was through. */
        boolean stopped() {
            return jobs.values().stream().anyMatch(job -> job.phase == Phase.STOPPED) || !due.isEmpty();
        }

        private void makeDue(String job, long step, Judgement judgement, @Nullable CheckpointRef ref) {
            Due one = new Due(job, step, judgement);
            boolean nothingToDo = judgement == Judgement.SCHEDULED
                    && config.eval().evaluations().isEmpty();
            if (!nothingToDo && !judged.contains(one)) {
                due.putIfAbsent(one, ref);
            }
        }
    }

    private final Function<String, RunConfig> reader;
    private final Map<String, Run> runs = new LinkedHashMap<>();
    private final Set<String> drainedNodes = new HashSet<>();
    private long term;

    /** @param reader reads the config that a run was submitted with */
    RunTable(Function<String, RunConfig> reader) {
        this.reader = reader;
    }

    long term() {
        return term;
    }

    boolean isDrained(String process) {
        return drainedNodes.contains(process);
    }

    Collection<Run> runs() {
        return runs.values();
    }

    List<Run> active() {
        return runs.values().stream().filter(run -> !run.over).toList();
    }

    /** The jobs that a node is to hold. */
    List<Job> placedOn(String process) {
        return active().stream()
                .flatMap(run -> run.jobs().stream())
                .filter(job -> job.phase() == Phase.RUNNING && job.node().equals(process))
                .toList();
    }

    @Nullable
    Run run(String name) {
        return runs.get(name);
    }

    @Nullable
    Job job(String run, String job) {
        Run found = runs.get(run);
        return found == null || found.over ? null : found.job(job);
    }

    RunTable apply(JournalEntry entry) {
        switch (entry) {
            case JournalEntry.TermBegun begun -> term = begun.term();
            case JournalEntry.NodeDrained drained -> drainedNodes.add(drained.process());
            case JournalEntry.RunSubmitted submitted -> submit(submitted);
            case JournalEntry.JobPlaced placed -> {
                Job job = known(placed.run(), placed.job());
                job.nextEpoch = placed.epoch() + 1;
                job.node = placed.node();
                job.phase = Phase.RUNNING;
            }
            case JournalEntry.JobStarted started -> {
                Job job = known(started.run(), started.job());
                job.step = started.step();
                job.learningRateFactor = OptionalDouble.of(started.learningRateFactor());
                started.evaluated().forEach(ref -> job.run.makeDue(job.name(), ref.step(), Judgement.SCHEDULED, ref));
                started.attributed()
                        .forEach(ref -> job.run.makeDue(job.name(), ref.step(), Judgement.ATTRIBUTION, ref));
            }
            case JournalEntry.CheckpointKept kept -> {
                Job job = known(kept.run(), kept.job());
                job.step = kept.ref().step();
                job.pace = kept.pace();
                job.checkpointWanted = false;
                kept.wanted()
                        .forEach(one -> job.run.makeDue(job.name(), kept.ref().step(), one, kept.ref()));
            }
            case JournalEntry.PauseWanted wanted -> known(wanted.run(), wanted.job()).pauseWanted = wanted.paused();
            case JournalEntry.CheckpointWanted wanted -> known(wanted.run(), wanted.job()).checkpointWanted = true;
            case JournalEntry.JobChanged changed ->
                known(changed.run(), changed.job()).change(changed.change());
            case JournalEntry.JobStopWanted wanted -> {
                Job job = known(wanted.run(), wanted.job());
                job.stopWanted = wanted.stopped();
                if (!wanted.stopped() && job.phase == Phase.STOPPED) {
                    job.phase = Phase.WAITING;
                }
            }
            case JournalEntry.RuleHeld held -> known(held.run(), held.job()).reason = held.reason();
            case JournalEntry.EvaluationWanted wanted -> {
                Run run = known(wanted.run());
                // It may have failed to be judged before.
                run.judged.remove(new Due(wanted.job(), wanted.ref().step(), Judgement.SCHEDULED));
                run.makeDue(wanted.job(), wanted.ref().step(), Judgement.SCHEDULED, wanted.ref());
            }
            case JournalEntry.JobAdded added -> add(added);
            case JournalEntry.JobFailed failed ->
                known(failed.run(), failed.job()).fail(failed);
            case JournalEntry.JobRetried retried -> known(retried.run(), retried.job()).phase = Phase.WAITING;
            case JournalEntry.JobUnplaced unplaced -> {
                Job job = known(unplaced.run(), unplaced.job());
                job.node = "";
                job.phase = Phase.WAITING;
            }
            case JournalEntry.JobDone done -> {
                Job job = known(done.run(), done.job());
                job.step = done.step();
                job.pace = done.pace();
                job.phase = Phase.DONE;
            }
            case JournalEntry.JobStopped stopped -> {
                Job job = known(stopped.run(), stopped.job());
                job.step = Math.max(job.step, stopped.step());
                job.phase = Phase.STOPPED;
            }
            case JournalEntry.CheckpointJudged judged -> judge(judged);
            case JournalEntry.StopWanted wanted -> known(wanted.run()).stopping = true;
            case JournalEntry.RunOver over -> known(over.run()).over = true;
        }
        return this;
    }

    private void submit(JournalEntry.RunSubmitted submitted) {
        Run run = new Run(submitted.config(), reader.apply(submitted.config()));
        for (JobConfig job : run.config.jobs()) {
            run.jobs.put(job.name(), new Job(run, job, submitted.epochs().getOrDefault(job.name(), 0)));
        }
        for (String control : run.config.eval().controls()) {
            run.makeDue(Control.of(control).job(), 0, Judgement.SCHEDULED, null);
        }
        runs.put(submitted.run(), run);
    }

    private void add(JournalEntry.JobAdded added) {
        Run run = known(added.run());
        run.text = added.config();
        run.config = reader.apply(added.config());
        for (JobConfig job : run.config.jobs()) {
            if (job.name().equals(added.job())) {
                run.jobs.put(job.name(), new Job(run, job, added.epoch()));
            }
        }
    }

    private void judge(JournalEntry.CheckpointJudged judged) {
        Run run = known(judged.run());
        Due one = new Due(judged.job(), judged.step(), judged.judgement());
        run.due.remove(one);
        if (run.judged.add(one) && !judged.problem().isEmpty()) {
            run.problems.add(judged.job() + " at step " + judged.step() + " could not be judged: " + judged.problem());
        }
    }

    private Run known(String name) {
        Run run = runs.get(name);
        if (run == null) {
            throw new IllegalStateException("the journal has no run " + name);
        }
        return run;
    }

    private Job known(String run, String name) {
        Job job = known(run).job(name);
        if (job == null) {
            throw new IllegalStateException("the journal has no job " + name + " of run " + run);
        }
        return job;
    }
}
