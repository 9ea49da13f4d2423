package org.unweave.model.sae.part;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * What the forward pass of one step made, for the terms to read.
 *
 * @param step updates before this one
 * @param xBD the batch, scaled so that the mean squared norm of its rows is 1
 * @param inputBD what the encoder saw: {@code x - b_dec}, or x where the architecture does not centre
 * @param codes the entries that the activation picked, with their values; an entry whose value is 0 is not active
 * @param errorBD {@code x - x^}
 */
public record Forward(long step, Mat xBD, Mat inputBD, Codes codes, Mat errorBD, Params params, Workspace workspace) {

    /** B. */
    public int rows() {
        return xBD.rows();
    }
}
