package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * Keeps every positive pre-activation. Encoder and decoder rows begin as random vectors of norm 0.1, both biases at 0;
 * the decoder's constraint brings its rows to norm 1 at the first update, as in dictionary_learning.
 */
public record ReluActivation() implements Activation {
    private static final double INITIAL_NORM = 0.1; // standard.py: columns of norm 0.1

    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tied(params, INITIAL_NORM, random, workspace.ops());
    }

    @Override
    public void select(Mat preBF, Codes out, Ops ops) {
        ops.selectPositive(preBF, out);
    }

    @Override
    public FrozenSae freeze(Params weights) {
        return new ReluForm(weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }
}
