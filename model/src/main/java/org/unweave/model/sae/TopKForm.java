package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/** {@code z} = the k largest of {@code relu((x - b_dec) W_enc^T + b_enc)}, per row. */
public record TopKForm(int k, Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D) implements FrozenSae {
    @Override
    public String architecture() {
        return "topk";
    }

    @Override
    public void encode(Mat xBD, Workspace workspace, Codes out) {
        encode(xBD, new Pick.TopK(Math.min(k, features()), out), workspace);
    }
}
