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

    /** The residual stream [N T, D] after block {@code block}. */
    Mat runTo(TokenBatch batch, int block);

    /** The residual stream [N T, D] after the last block, given that after block {@code block}, which is not changed. */
    Mat resumeFrom(TokenBatch batch, int block, Mat residual);

    /** The logits [R, V] of rows of the residual stream after the last block: final norm and unembedding. */
    void logits(Mat finalResidualRD, Mat outRV);

    @Override
    void close();
}
