package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/** {@code z = relu((x - b_dec) W_enc^T + b_enc)}. */
public record ReluForm(Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D) implements FrozenSae {
    @Override
    public String architecture() {
        return "standard";
    }

    @Override
    public void encode(Mat xBD, Workspace workspace, Codes out) {
        encode(xBD, new Pick.Positive(out), workspace);
    }
}
