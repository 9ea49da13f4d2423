package org.unweave.model.sae.part;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * What the forward pass of one step made, for the terms to read: of the whole batch, or of a block of its rows where too
 * many latents are active to hold the codes of all.
 *
 * @param step updates before this one
 * @param xBD the block's rows, scaled so that the mean squared norm of its rows is 1
 * @param inputBD what the encoder saw: {@code x - b_dec}, or x where the architecture does not centre
 * @param codes the entries that the activation picked, with their values; an entry whose value is 0 is not active
 * @param errorBD {@code x - x^}
 * @param batch the batch that the block is of
 */
public record Forward(
        long step, Mat xBD, Mat inputBD, Codes codes, Mat errorBD, Params params, Workspace workspace, Batch batch) {

    /** Of a batch in one piece. */
    public Forward(long step, Mat xBD, Mat inputBD, Codes codes, Mat errorBD, Params params, Workspace workspace) {
        this(step, xBD, inputBD, codes, errorBD, params, workspace, Batch.of(codes));
    }

    /** B, of the batch: means are taken over these. */
    public int rows() {
        return batch.rows();
    }

    /** Whether the batch is in one piece, which this is. */
    public boolean whole() {
        return batch.inOnePiece();
    }
}
