package org.unweave.model.lm;

import org.unweave.model.math.Mat;

/**
 * A causal language model that can be stopped after a block and sent on from there.
 *
 * <p>Blocks count from 0. Rows of padding hold arbitrary finite numbers. Matrices that are returned belong to the
 * caller, who closes them. One caller at a time.
 */
public interface LanguageModel extends AutoCloseable {
    /** A name for people and for provenance, as {@code SmolLM2-135M-Instruct.Q4_1}. */
    String name();

    /** The sha256 of the weights' file. */
    String fingerprint();

    Tokenizer tokenizer();

    int blocks();

    /** D, the width of the residual stream. */
    int width();

    /** V. */
    int vocabulary();

    /** Most tokens of a sequence. */
    default int context() {
        return Integer.MAX_VALUE;
    }

    /** The residual stream [N T, D] after block {@code block}. */
    Mat runTo(TokenBatch batch, int block);

    /** The residual stream [N T, D] after the last block, given that after block {@code block}, which is not changed. */
    Mat resumeFrom(TokenBatch batch, int block, Mat residual);

    /** The residual stream [R, D] of a forest's rows after block {@code block}. */
    default Mat runTo(TokenForest forest, int block) {
        TokenBatch batch = forest.unshared();
        try (Mat all = runTo(batch, block)) {
            return ownRows(forest, batch, all);
        }
    }

    /**
     * The residual stream [R, D] of a forest's rows after the last block, given that after block {@code block}. A row
     * may be another than the same tokens would give there.
     */
    default Mat resumeFrom(TokenForest forest, int block, Mat residualRD) {
        TokenBatch batch = forest.unshared();
        try (Mat residual = Mat.zeros(batch.rows(), width())) {
            for (int n = 0; n < forest.segments(); n++) {
                int[] path = forest.path(n);
                for (int t = 0; t < path.length; t++) {
                    residual.setRow(batch.row(n, t), residualRD.copyRow(path[t]));
                }
            }
            try (Mat all = resumeFrom(batch, block, residual)) {
                return ownRows(forest, batch, all);
            }
        }
    }

    private static Mat ownRows(TokenForest forest, TokenBatch batch, Mat all) {
        Mat own = Mat.zeros(forest.rows(), all.cols());
        for (int n = 0; n < forest.segments(); n++) {
            for (int t = 0; t < forest.length(n); t++) {
                own.setRow(forest.start(n) + t, all.copyRow(batch.row(n, forest.offset(n) + t)));
            }
        }
        return own;
    }

    /** The logits [R, V] of rows of the residual stream after the last block: final norm and unembedding. */
    void logits(Mat finalResidualRD, Mat outRV);

    @Override
    void close();
}
