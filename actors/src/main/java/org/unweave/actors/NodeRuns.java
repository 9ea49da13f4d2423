package org.unweave.actors;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.Behavior;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judge;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.train.TrainJob;

/**
 * What the trainers and evaluators of a node work on. Opening takes its time with the first who asks; each is called on
 * the thread that will work with what is opened. Safe for concurrent use.
 */
public interface NodeRuns {
    /**
     * Makes a run known by its config, as {@link Supervisor.Submit} had it. Nothing is opened yet. Of a run that is known
     * already only the files are news.
     *
     * @param files the nodes that serve files now
     */
    void add(String run, String config, List<String> files);

    /** The config of a run, for this node's folders. */
    RunConfig config(String run);

    /** Gives the batches of a run; what it reads is opened with the first request. */
    Behavior<ActivationFeed.Command> feed(String run);

    /** @param seat what it is trained on; a card is bound to the thread that calls this */
    TrainJob openJob(String run, String job, int epoch, Seat seat);

    Judge openJudge(String run);

    /** What an evaluator has found in a job's checkpoint of a step, if it has. */
    default Optional<AttributionSnapshot> attribution(String run, String job, long step) {
        return Optional.empty();
    }

    /** Closes what a run reads; nothing that was opened of it is in use any more. */
    void remove(String run);
}
