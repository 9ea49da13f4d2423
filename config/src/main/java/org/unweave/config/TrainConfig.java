package org.unweave.config;

import java.time.Duration;
import java.util.List;

/**
 * What all jobs of a run share.
 *
 * @param rows rows that each job sees in all, over as many epochs as that takes
 * @param batchRows rows of one update
 * @param windowBatches batches that a node holds at once for the jobs that are level with one another
 * @param slice how long a trainer works under one lease before it answers its messages
 * @param checkpointShare a checkpoint is written each time this share of the run is done
 * @param evaluateAt shares of the run at which the checkpoint is evaluated, rising; the last is 1. None evaluates nothing
 * @param keep how many of the newest checkpoints stay, beside those evaluated
 * @param metricsEverySteps updates between two lines of {@code metrics.jsonl}
 */
public record TrainConfig(
        long rows,
        int batchRows,
        int windowBatches,
        Duration slice,
        double checkpointShare,
        List<Double> evaluateAt,
        int keep,
        int metricsEverySteps) {

    public TrainConfig {
        evaluateAt = List.copyOf(evaluateAt);
        Check.atLeast("batch-rows", batchRows, 1);
        Check.that(rows >= batchRows, "rows", rows + " is less than one batch of " + batchRows);
        Check.atLeast("window-batches", windowBatches, 1);
        Check.positive("slice", slice);
        Check.within("checkpoint-share", checkpointShare, 0.001, 1);
        double before = 0;
        for (double share : evaluateAt) {
            Check.within("evaluate-at", share, 0, 1);
            Check.that(share > 0, "evaluate-at", "0 is the untrained SAE; give shares above 0");
            Check.that(
                    share > before,
                    "evaluate-at",
                    share + " does not rise above " + before + ", which stands before it");
            before = share;
        }
        Check.that(
                evaluateAt.isEmpty() || before == 1,
                "evaluate-at",
                "ends at " + before + "; the end of the run, 1, must be last");
        Check.atLeast("keep", keep, 1);
        Check.atLeast("metrics-every-steps", metricsEverySteps, 1);
    }

    /** Updates of a whole run. Rows that do not fill a batch are not used. */
    public long steps() {
        return rows / batchRows;
    }

    /** The update after which a share of the run is done: at least 1. */
    public long stepAt(double share) {
        return Math.max(1, Math.round(share * steps()));
    }
}
