package org.unweave.actors;

import java.util.List;
import java.util.Map;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.train.JobChange;

/**
 * What the {@link Supervisor} has decided or learnt. Its journal keeps these before anybody is told, and its
 * {@link RunTable} is made of them alone: whichever node's supervisor reads them knows the same.
 */
public sealed interface JournalEntry extends Wire {

    /** A supervisor has read the journal; it is the one of this number. */
    record TermBegun(long term) implements JournalEntry {}

    /**
     * A run was given.
     *
     * @param config the whole of it, resolved
     * @param epochs the number of each job's first placement: above those that its folder tells of
     */
    record RunSubmitted(String run, String config, Map<String, Integer> epochs) implements JournalEntry {
        public RunSubmitted {
            epochs = Map.copyOf(epochs);
        }
    }

    /**
     * A job was given to a node.
     *
     * @param node the node's process, which is another after it was started again
     */
    record JobPlaced(String run, String job, int epoch, String node) implements JournalEntry {}

    /** A placed job was opened at this step. */
    record JobStarted(
            String run,
            String job,
            long step,
            double learningRateFactor,
            List<CheckpointRef> evaluated,
            List<CheckpointRef> attributed)
            implements JournalEntry {
        public JobStarted {
            evaluated = List.copyOf(evaluated);
            attributed = List.copyOf(attributed);
        }
    }

    /** A job's checkpoint is on the disk. */
    record CheckpointKept(String run, String job, CheckpointRef ref, List<Judgement> wanted, Trainer.Pace pace)
            implements JournalEntry {
        public CheckpointKept {
            wanted = List.copyOf(wanted);
        }
    }

    /** A job is to pause, or to go on. */
    record PauseWanted(String run, String job, boolean paused) implements JournalEntry {}

    /** A job is to write a checkpoint. */
    record CheckpointWanted(String run, String job) implements JournalEntry {}

    /** Settings of a job are to change, or, where the change has its update, were taken by it. */
    record JobChanged(String run, String job, JobChange change) implements JournalEntry {}

    /** A job is to write a checkpoint and end, or to go on after that. */
    record JobStopWanted(String run, String job, boolean stopped) implements JournalEntry {}

    /** A rule of its run has held for a job, which is paused or stopped by it. */
    record RuleHeld(String run, String job, String reason) implements JournalEntry {}

    /** A checkpoint is to be judged though the config does not ask for it. */
    record EvaluationWanted(String run, String job, CheckpointRef ref) implements JournalEntry {}

    /**
     * A run in work has one job more.
     *
     * @param config the whole of it, resolved, this job included
     * @param epoch the number of the job's first placement
     */
    record JobAdded(String run, String job, String config, int epoch) implements JournalEntry {}

    /** A job failed where it was placed. */
    record JobFailed(String run, String job, long step, String reason, boolean diverged) implements JournalEntry {}

    /** A job's pause after a failure is over. */
    record JobRetried(String run, String job) implements JournalEntry {}

    /**
     * A job has no node any more, by nobody's fault: its node is lost or drained, or it was moved.
     *
     * @param lost the node's process, if that is lost; empty otherwise
     */
    record JobUnplaced(String run, String job, String lost, String reason) implements JournalEntry {}

    /** A job's last update is made. */
    record JobDone(String run, String job, long step, Trainer.Pace pace) implements JournalEntry {}

    /** A job has stopped, as its run was told to. */
    record JobStopped(String run, String job, long step) implements JournalEntry {}

    /** A checkpoint, or a control, is judged. */
    record CheckpointJudged(String run, String job, long step, Judgement judgement, String problem)
            implements JournalEntry {}

    /** A node's process is to be given no more. */
    record NodeDrained(String process) implements JournalEntry {}

    /** A run is to write checkpoints and end. */
    record StopWanted(String run) implements JournalEntry {}

    /** Nothing is left to do for a run. */
    record RunOver(String run) implements JournalEntry {}
}
