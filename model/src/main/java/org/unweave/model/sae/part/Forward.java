package org.unweave.model.sae.part;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * What the forward pass of one step made, for the terms to read.
 *
 * @param step updates before this one
 * @param xBD the batch, scaled so that the mean squared norm of its rows is 1
 * @param centredBD {@code x - b_dec}
 * @param preBF {@code (x - b_dec) W_enc^T + b_enc}
 * @param codes the active latents
 * @param errorBD {@code x - x^}
 */
public record Forward(
        long step, Mat xBD, Mat centredBD, Mat preBF, Codes codes, Mat errorBD, Params params, Workspace workspace) {

    /** B. */
    public int rows() {
        return xBD.rows();
    }
}
