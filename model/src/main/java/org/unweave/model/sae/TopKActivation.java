package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.GeometricMedian;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * Keeps the k largest positive pre-activations of each row. Decoder rows begin as random unit vectors, the encoder as
 * their copy, b_dec as the geometric median of the first batch.
 */
public record TopKActivation(int k) implements Activation {
    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tied(params, 1, random, workspace.ops());
        GeometricMedian.of(xBD, workspace, params.bDec1D());
    }

    @Override
    public void select(Mat preBF, Codes out, Ops ops) {
        ops.selectTopK(preBF, k, out);
    }

    @Override
    public FrozenSae freeze(Params weights) {
        return new TopKForm(k, weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }
}
