package org.unweave.cluster.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import org.unweave.actors.CheckpointRouter;
import org.unweave.actors.Exchanged;
import org.unweave.actors.JournalEntry;
import org.unweave.actors.Meter;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.Newsroom;
import org.unweave.actors.NodeAgent;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Slots;
import org.unweave.actors.Supervisor;
import org.unweave.actors.Trainer;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;

/**
 * The types that travel between nodes or stand in the supervisor's journal, and the number of each. A number stays with its type: one whose components change
 * gets a new number, so that nodes of two versions refuse one another's messages instead of misreading them.
 */
final class WireTypes {
    private static final Map<Integer, Class<?>> TYPES = new LinkedHashMap<>();

    static {
        // Parts of messages.
        put(20, CheckpointRef.class);
        put(29, JobFolder.Standing.class);
        put(22, Trainer.Pace.class);

        put(23, NodeAgent.Offer.class);
        put(19, NodeAgent.Held.class);
        put(25, NodeAgent.Judging.class);
        put(26, Supervisor.RunLine.class);
        put(27, Supervisor.NodeLine.class);
        put(28, JobChange.class);

        put(30, Supervisor.Submit.class);
        put(31, Supervisor.PauseJob.class);
        put(32, Supervisor.ResumeJob.class);
        put(33, Supervisor.CheckpointJob.class);
        put(34, Supervisor.StopRun.class);
        put(35, Supervisor.Drain.class);
        put(36, Supervisor.GetStatus.class);
        put(37, Supervisor.GetOverview.class);
        put(38, Supervisor.Hello.class);
        put(39, Supervisor.Told.class);
        put(40, Supervisor.Answer.class);
        put(41, Supervisor.Status.class);
        put(42, Supervisor.Overview.class);
        put(43, Supervisor.RunEnded.class);
        put(44, Supervisor.SetJob.class);
        put(45, Supervisor.StopJob.class);
        put(46, Supervisor.EvaluateJob.class);
        put(47, Supervisor.ForkJob.class);
        put(48, Supervisor.AddJob.class);

        put(50, Trainer.Pause.class);
        put(51, Trainer.Resume.class);
        put(52, Trainer.WriteCheckpoint.class);
        put(53, Trainer.Stop.class);
        put(60, Trainer.Started.class);
        put(61, Trainer.CheckpointWritten.class);
        put(62, Trainer.Finished.class);
        put(63, Trainer.Stopped.class);
        put(64, Trainer.Paused.class);
        put(65, Trainer.Resumed.class);
        put(66, Trainer.Failed.class);
        put(67, Trainer.Changed.class);

        put(70, CheckpointRouter.Route.class);
        put(71, CheckpointRouter.Task.class);
        put(80, ResultLedger.Record.class);
        put(81, ResultLedger.Subscribe.class);
        put(82, ResultLedger.Recorded.class);
        put(83, ResultLedger.Judged.class);
        put(91, MetricsHub.Subscribe.class);
        put(92, MetricsHub.JobMetrics.class);
        put(93, MetricsHub.Spent.class);
        put(94, MetricsHub.JobTold.class);
        put(95, MetricsHub.NodeMetrics.class);
        put(96, Slots.SeatUse.class);
        put(97, Meter.ActorUse.class);

        put(100, NodeAgent.Welcome.class);
        put(101, NodeAgent.OpenRun.class);
        put(102, NodeAgent.CloseRun.class);
        put(103, NodeAgent.Place.class);
        put(104, NodeAgent.Tell.class);
        put(105, NodeAgent.Acknowledge.class);
        put(106, NodeAgent.RetireEvaluators.class);
        put(107, NodeAgent.Change.class);

        put(110, Exchanged.class);
        put(111, EmaStatistics.class);
        put(112, AttributionSnapshot.class);
        put(113, AttributionSnapshot.Attributed.class);

        put(120, JournalEntry.TermBegun.class);
        put(121, JournalEntry.RunSubmitted.class);
        put(122, JournalEntry.JobPlaced.class);
        put(123, JournalEntry.JobStarted.class);
        put(124, JournalEntry.CheckpointKept.class);
        put(125, JournalEntry.PauseWanted.class);
        put(126, JournalEntry.CheckpointWanted.class);
        put(127, JournalEntry.JobFailed.class);
        put(128, JournalEntry.JobRetried.class);
        put(141, JournalEntry.JobUnplaced.class);
        put(130, JournalEntry.JobDone.class);
        put(131, JournalEntry.JobStopped.class);
        put(132, JournalEntry.CheckpointJudged.class);
        put(133, JournalEntry.StopWanted.class);
        put(134, JournalEntry.RunOver.class);
        put(135, JournalEntry.NodeDrained.class);
        put(136, JournalEntry.JobChanged.class);
        put(137, JournalEntry.JobStopWanted.class);
        put(138, JournalEntry.EvaluationWanted.class);
        put(139, JournalEntry.JobAdded.class);
        put(140, JournalEntry.RuleHeld.class);

        put(150, Newsroom.Subscribe.class);
        put(151, Newsroom.RunChanged.class);
        put(152, Newsroom.JobChanged.class);
        put(153, Newsroom.JobPlaced.class);
        put(154, Newsroom.CheckpointKept.class);
        put(155, Newsroom.Evaluated.class);
        put(156, Newsroom.NodeJoined.class);
        put(157, Newsroom.NodeLost.class);
    }

    private WireTypes() {}

    private static void put(int number, Class<?> type) {
        if (TYPES.put(number, type) != null) {
            throw new IllegalStateException("two types have the number " + number);
        }
    }

    /** Number to type. Not a copy. */
    static Map<Integer, Class<?>> all() {
        return TYPES;
    }
}
