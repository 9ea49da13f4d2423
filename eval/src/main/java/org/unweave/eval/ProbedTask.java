package org.unweave.eval;

import org.unweave.model.math.Draws;

/** Two lists of texts, and the probe on the model's own pooled activations that tells them apart. */
record ProbedTask(BinaryTask task, LinearProbe probe) {

    /**
     * Trains a probe as SAEBench does for its ablations. The epoch is chosen on the test texts, which flatters the clean
     * accuracies; the scores are of differences between accuracies of one probe.
     */
    static ProbedTask train(BinaryTask task, Draws draws) {
        return new ProbedTask(task, LinearProbe.best(task.train(), task.test(), draws, LinearProbe.Settings.ABLATION));
    }
}
