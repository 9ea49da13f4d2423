package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Params;

/**
 * Keeps the k B largest positive pre-activations of a batch, so that a row may have more or fewer than k. After training a
 * row stands alone, and what is above the moving threshold is kept.
 */
public final class BatchTopKActivation extends KeptByNumber {
    public BatchTopKActivation(SaeConfig config) {
        super(config);
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        return new Pick.BatchTopK(Math.multiplyExact(k(params, step), rows), out);
    }

    @Override
    public void observe(Forward forward) {
        threshold().observeBatch(forward.codes(), forward.step());
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        Mat threshold1F = Mat.zeros(1, weights.features());
        threshold1F.fill((float) (threshold().value() * toModel));
        return new JumpReluForm(
                threshold1F, true, weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }
}
