package org.unweave.actors;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.config.LiveKeys;
import org.unweave.config.RunConfig;
import org.unweave.eval.EvalReport;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;

/**
 * Rules on what people ask the {@link Supervisor} for: which entries of its journal come of it, or why it is refused. What
 * has to lie on the disk before such an entry is written is there when this returns.
 */
final class ControlDesk {
    /**
     * What comes of a command.
     *
     * @param entries none where it is refused
     * @param problem why it is refused; empty where it is not
     */
    record Ruling(List<JournalEntry> entries, String problem) {
        static Ruling taken(JournalEntry... entries) {
            return new Ruling(List.of(entries), "");
        }

        static Ruling refused(String problem) {
            return new Ruling(List.of(), problem);
        }
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Refusal(String problem) {
            super(problem);
        }
    }

    private final RunHouse house;
    private final Fleet fleet;
    private final NewJobs newJobs;

    ControlDesk(RunHouse house, Fleet fleet) {
        this.house = house;
        this.fleet = fleet;
        this.newJobs = new NewJobs(house);
    }

    Ruling rule(RunTable table, Supervisor.Control command) {
        try {
            return switch (command) {
                case Supervisor.Submit submit -> submit(table, submit);
                case Supervisor.PauseJob pause -> pause(job(table, pause.run(), pause.job()));
                case Supervisor.ResumeJob resume -> resume(job(table, resume.run(), resume.job()));
                case Supervisor.CheckpointJob write -> checkpoint(job(table, write.run(), write.job()));
                case Supervisor.SetJob set -> set(job(table, set.run(), set.job()), set);
                case Supervisor.StopJob stop -> stop(job(table, stop.run(), stop.job()));
                case Supervisor.EvaluateJob judge -> evaluate(job(table, judge.run(), judge.job()), judge.step());
                case Supervisor.ForkJob fork -> fork(job(table, fork.run(), fork.job()), fork);
                case Supervisor.AddJob add -> add(run(table, add.run()), add);
                case Supervisor.StopRun stop ->
                    Ruling.taken(
                            new JournalEntry.StopWanted(run(table, stop.run()).name()));
                case Supervisor.Drain drain -> drain(table, drain.node());
            };
        } catch (
                RuntimeException
                        problem) { // A disk that is full, a value that cannot be: a command ends no supervisor.
            return Ruling.refused(String.valueOf(problem.getMessage()));
        }
    }

    private static RunTable.Run run(RunTable table, String name) {
        RunTable.Run run = table.run(name);
        if (run == null) {
            throw new Refusal("no run is named " + name + "; there are "
                    + table.runs().stream().map(RunTable.Run::name).toList());
        }
        if (run.over()) {
            throw new Refusal("the run " + name + " is over; go on with it by submit --resume, if it was stopped");
        }
        return run;
    }

    private static RunTable.Job job(RunTable table, String run, String name) {
        RunTable.Run known = run(table, run);
        RunTable.Job job = known.job(name);
        if (job == null) {
            throw new Refusal("no job of " + run + " is named " + name + "; there are "
                    + known.jobs().stream().map(RunTable.Job::name).toList());
        }
        return job;
    }

    private void require(RunTable.Job job, boolean fits) {
        if (!fits) {
            throw new Refusal(job.name() + " is " + fleet.state(job) + ", which it must not be for this");
        }
    }

    private static void requireGoingOn(RunTable.Run run) {
        if (run.stopping()) {
            throw new Refusal("the run " + run.name() + " is stopping");
        }
    }

    private Ruling submit(RunTable table, Supervisor.Submit submit) {
        if (submit.config().getBytes(StandardCharsets.UTF_8).length > Supervisor.MOST_CONFIG_BYTES) {
            return Ruling.refused("the config has more than " + Supervisor.MOST_CONFIG_BYTES / 1024
                    + " KiB; give its jobs in several runs");
        }
        RunConfig run;
        List<JournalEntry> entries = new ArrayList<>();
        try {
            run = house.read(submit.config());
            RunTable.Run known = table.run(run.name());
            if (known != null && !known.over()) {
                return Ruling.refused("there is a run named " + run.name()
                        + " already, and it is not over; choose another name by --set name=...");
            }
            house.admit(run);
            house.open(run);
            Map<String, Integer> epochs = new HashMap<>();
            run.jobs().forEach(job -> epochs.put(job.name(), nextEpoch(known, run, job.name())));
            entries.add(new JournalEntry.RunSubmitted(run.name(), submit.config(), epochs));
            for (JobConfig job : run.jobs()) {
                new JobFolder(run.folder(), job.name())
                        .changes()
                        .forEach(change -> entries.add(new JournalEntry.JobChanged(run.name(), job.name(), change)));
                untaken(known, run, job.name())
                        .forEach(change -> entries.add(new JournalEntry.JobChanged(run.name(), job.name(), change)));
            }
        } catch (RuntimeException e) {
            return Ruling.refused(String.valueOf(e.getMessage()));
        }
        return new Ruling(entries, "");
    }

    /** What was set before the run was stopped, and its trainer had not taken yet. */
    private static Collection<JobChange> untaken(RunTable.@Nullable Run before, RunConfig run, String job) {
        RunTable.Job known = before == null ? null : before.job(job);
        JobFolder folder = new JobFolder(run.folder(), job);
        if (known == null || !Files.isDirectory(folder.path())) {
            return List.of();
        }
        List<JobChange> taken = folder.changes();
        return known.changes()
                .tailMap(taken.isEmpty() ? 0 : taken.getLast().number(), false)
                .values();
    }

    private static int nextEpoch(RunTable.@Nullable Run before, RunConfig run, String job) {
        RunTable.Job known = before == null ? null : before.job(job);
        return Math.max(known == null ? 0 : known.nextEpoch(), new JobFolder(run.folder(), job).nextEpoch());
    }

    private Ruling pause(RunTable.Job job) {
        require(job, !job.phase().over() && !job.pauseWanted());
        return Ruling.taken(new JournalEntry.PauseWanted(job.run().name(), job.name(), true));
    }

    // One that was stopped goes on too, as long as its run does.
    private Ruling resume(RunTable.Job job) {
        requireGoingOn(job.run());
        boolean stopped = job.stopWanted() || job.phase() == RunTable.Phase.STOPPED;
        boolean paused = job.pauseWanted() || fleet.isPaused(job);
        require(job, stopped || paused && !job.phase().over());
        List<JournalEntry> entries = new ArrayList<>();
        if (stopped) {
            entries.add(new JournalEntry.JobStopWanted(job.run().name(), job.name(), false));
        }
        if (paused) {
            entries.add(new JournalEntry.PauseWanted(job.run().name(), job.name(), false));
        }
        return new Ruling(entries, "");
    }

    private Ruling checkpoint(RunTable.Job job) {
        require(job, !job.phase().over());
        return Ruling.taken(new JournalEntry.CheckpointWanted(job.run().name(), job.name()));
    }

    private Ruling stop(RunTable.Job job) {
        require(job, !job.phase().over());
        requireGoingOn(job.run());
        if (job.stopWanted()) {
            return Ruling.refused(job.name() + " is stopping already");
        }
        if (job.run().awaits(job)) {
            return Ruling.refused("others wait for the statistics of " + job.name()
                    + " (similarity.source = pooled), and would wait for ever; stop the run, or pause them too");
        }
        return Ruling.taken(new JournalEntry.JobStopWanted(job.run().name(), job.name(), true));
    }

    private Ruling set(RunTable.Job job, Supervisor.SetJob set) {
        require(job, !job.phase().over());
        requireGoingOn(job.run());
        String replayed = job.run().config().exchange().replay();
        if (!replayed.isEmpty()) {
            return Ruling.refused("the run replays " + replayed + ", whose changes are made again, and no others");
        }
        LiveKeys.changed(job.config(), set.values());
        int number = job.changes().isEmpty() ? 1 : job.changes().lastKey() + 1;
        return Ruling.taken(new JournalEntry.JobChanged(
                job.run().name(), job.name(), new JobChange(number, JobChange.UNDECIDED, set.values())));
    }

    private Ruling evaluate(RunTable.Job job, long step) {
        RunTable.Run run = job.run();
        requireGoingOn(run);
        List<String> evaluations = run.config().eval().evaluations();
        if (evaluations.isEmpty()) {
            return Ruling.refused("the run " + run.name() + " has no evaluations (eval.evaluations)");
        }
        JobFolder folder = folder(job);
        if (step != Supervisor.NEWEST && folder.checkpoints().steps().contains(step)) {
            folder.keep(step); // Before it is looked at, so that it is not removed after that.
        }
        CheckpointRef ref = checkpoint(job, step).ref();
        RunTable.Due due = new RunTable.Due(job.name(), ref.step(), Judgement.SCHEDULED);
        String what = job.name() + " at step " + ref.step();
        if (run.due().containsKey(due)) {
            return Ruling.refused(what + " waits to be judged already");
        }
        boolean reported = evaluations.stream()
                .allMatch(name -> Files.exists(EvalReport.file(
                        run.config().folder(), name, run.name() + "_" + job.name() + "_" + ref.step())));
        if (reported) {
            return Ruling.refused(what + " is judged already; its reports are in "
                    + run.config().folder().resolve("evals"));
        }
        folder.keep(ref.step());
        return Ruling.taken(new JournalEntry.EvaluationWanted(run.name(), job.name(), ref));
    }

    private static JobFolder folder(RunTable.Job job) {
        return new JobFolder(job.run().config().folder(), job.name());
    }

    /** A job's checkpoint of a step, or its newest. */
    private static Checkpoint checkpoint(RunTable.Job job, long step) {
        CheckpointFolder checkpoints = folder(job).checkpoints();
        List<Long> steps = checkpoints.steps();
        for (long one : steps.reversed()) {
            if (step == Supervisor.NEWEST || step == one) {
                try {
                    return Checkpoint.open(checkpoints.at(one));
                } catch (CheckpointException damaged) {
                    if (step == one) {
                        throw new Refusal(String.valueOf(damaged.getMessage()));
                    }
                }
            }
        }
        throw new Refusal(job.name() + " has no checkpoint" + (step == Supervisor.NEWEST ? " yet" : " of step " + step)
                + "; there are those of the steps " + steps + ", and ctl checkpoint has it write one");
    }

    private Ruling fork(RunTable.Job parent, Supervisor.ForkJob fork) {
        requireGoingOn(parent.run());
        return newJobs.fork(parent, checkpoint(parent, Supervisor.NEWEST), fork);
    }

    private Ruling add(RunTable.Run run, Supervisor.AddJob add) {
        requireGoingOn(run);
        return newJobs.add(run, add.entry());
    }

    /** What a rule does to a job; nothing where it is so already. */
    List<JournalEntry> rule(RunTable table, Supervisor.FollowRule held) {
        RunTable.Job job = table.job(held.run(), held.job());
        if (job == null || job.phase().over() || job.stopWanted()) {
            return List.of();
        }
        JournalEntry reason = new JournalEntry.RuleHeld(
                held.run(), held.job(), "the rule " + held.rule() + " has held at step " + held.step());
        return switch (held.rule().then()) {
            case PAUSE ->
                job.pauseWanted()
                        ? List.of()
                        : List.of(reason, new JournalEntry.PauseWanted(held.run(), held.job(), true));
            case STOP ->
                job.run().awaits(job)
                        ? List.of()
                        : List.of(reason, new JournalEntry.JobStopWanted(held.run(), held.job(), true));
        };
    }

    private Ruling drain(RunTable table, String node) {
        List<String> taking = fleet.processes().stream()
                .filter(process -> !table.isDrained(process))
                .toList();
        List<JournalEntry> entries = taking.stream()
                .filter(process -> fleet.offer(process).name().equals(node))
                .<JournalEntry>map(JournalEntry.NodeDrained::new)
                .toList();
        return entries.isEmpty()
                ? Ruling.refused("no node named " + node + " takes jobs; there are "
                        + taking.stream()
                                .map(process -> fleet.offer(process).name())
                                .toList())
                : new Ruling(entries, "");
    }
}
