package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Params;

/**
 * Keeps the k largest positive pre-activations of each row. The moving threshold is kept as the reference does; the
 * inference form does not use it.
 */
public final class TopKActivation extends KeptByNumber {
    public TopKActivation(SaeConfig config) {
        super(config);
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        return new Pick.TopK(k(params, step), out);
    }

    @Override
    public void observe(Forward forward) {
        threshold().observeRows(forward.codes(), forward.step());
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        return new TopKForm(k(), weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }
}
