package org.unweave.model.sae;

import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/**
 * {@code z = 1[p + b_gate > 0] relu(exp(r_mag) p + b_mag)}, {@code p = (x - b_dec) W_enc^T}: one projection decides by its
 * gate whether a latent is active, and by its magnitude how much.
 *
 * @param bGate1F of the gate
 * @param bMag1F of the magnitude
 * @param rMag1F the logarithm of the magnitude's scale
 */
public record GatedForm(Mat encFD, Mat bGate1F, Mat bMag1F, Mat rMag1F, Mat decFD, Mat bDec1D) implements FrozenSae {
    @Override
    public String architecture() {
        return "gated";
    }

    @Override
    public Mat bEnc1F() {
        return bMag1F;
    }

    @Override
    public List<Mat> weights() {
        return List.of(encFD, bGate1F, bMag1F, rMag1F, decFD, bDec1D);
    }

    /** The gate's pre-activations, {@code p + b_gate}. */
    @Override
    public Mat preActivations(Mat xBD, Workspace workspace) {
        Mat gateBF = projections(xBD, workspace);
        workspace.ops().addRow(gateBF, bGate1F);
        return gateBF;
    }

    @Override
    public void encode(Mat xBD, Workspace workspace, Codes out) {
        Mat none1F = workspace.take("frozen.none", 1, features());
        none1F.fill(0);
        Mat bound1F = workspace.take("frozen.bound", 1, features());
        bound1F.copyFrom(bGate1F);
        workspace.ops().scale(bound1F, -1);
        workspace.ops().encode(input(xBD, workspace), encFD, none1F, List.of(new Pick.Above(bound1F, out)));
        float[] scale = scales();
        ActiveEntries.revalue(out, (feature, projection) -> scale[feature] * projection + bMag1F.get(0, feature));
    }

    private float[] scales() {
        float[] scale = rMag1F.toArray();
        for (int feature = 0; feature < scale.length; feature++) {
            scale[feature] = (float) StrictMath.exp(scale[feature]);
        }
        return scale;
    }
}
