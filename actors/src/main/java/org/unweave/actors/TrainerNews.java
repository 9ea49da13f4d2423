package org.unweave.actors;

import java.util.Optional;

/** What a trainer tells, as the {@link Supervisor}'s journal keeps it. */
final class TrainerNews {
    private TrainerNews() {}

    /** Nothing where it is known already, or is not kept. */
    static Optional<JournalEntry> entry(RunTable.Job job, Trainer.Event event) {
        String run = event.run();
        String name = event.job();
        return switch (event) {
            case Trainer.Started started ->
                Optional.of(new JournalEntry.JobStarted(
                        run,
                        name,
                        started.step(),
                        started.learningRateFactor(),
                        started.evaluated(),
                        started.attributed()));
            case Trainer.CheckpointWritten written ->
                Optional.of(
                        new JournalEntry.CheckpointKept(run, name, written.ref(), written.wanted(), written.pace()));
            case Trainer.Finished finished ->
                Optional.of(new JournalEntry.JobDone(run, name, finished.step(), finished.pace()));
            case Trainer.Stopped stopped ->
                Optional.of(
                        job.stopWanted()
                                ? new JournalEntry.JobStopped(run, name, stopped.step())
                                : new JournalEntry.JobUnplaced(run, name, "", "it was moved"));
            case Trainer.Changed changed ->
                changed.change().equals(job.changes().get(changed.change().number()))
                        ? Optional.empty()
                        : Optional.of(new JournalEntry.JobChanged(run, name, changed.change()));
            case Trainer.Failed failed ->
                Optional.of(new JournalEntry.JobFailed(
                        run, name, failed.step(), Supervisor.shortened(failed.reason()), failed.diverged()));
            case Trainer.Paused paused -> Optional.empty();
            case Trainer.Resumed resumed -> Optional.empty();
        };
    }

    /** How the job stands by it, where that is not kept but shown. */
    static Optional<NodeAgent.Held> held(RunTable.Job job, Trainer.Event event) {
        if (event instanceof Trainer.Paused paused) {
            return Optional.of(held(job, paused.step(), true, Supervisor.shortened(paused.reason())));
        }
        return event instanceof Trainer.Resumed resumed
                ? Optional.of(held(job, resumed.step(), false, ""))
                : Optional.empty();
    }

    private static NodeAgent.Held held(RunTable.Job job, long step, boolean paused, String reason) {
        return new NodeAgent.Held(job.run().name(), job.name(), job.epoch(), step, 0, paused, reason);
    }
}
