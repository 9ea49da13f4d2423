package org.unweave.model.sae;

import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
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

    @Override
    public Mat preActivations(Mat xBD, Workspace workspace) {
        return gates(projections(xBD, workspace), workspace);
    }

    private Mat gates(Mat projectionBF, Workspace workspace) {
        Mat gateBF = workspace.take("frozen.gate", projectionBF.rows(), features());
        gateBF.copyFrom(projectionBF);
        workspace.ops().addRow(gateBF, bGate1F);
        return gateBF;
    }

    @Override
    public void encode(Mat xBD, Workspace workspace, Codes out) {
        Mat projectionBF = projections(xBD, workspace);
        workspace.ops().selectPositive(gates(projectionBF, workspace), out);
        float[] scale = scales();
        ActiveEntries.revalue(
                out, (row, feature, gate) -> scale[feature] * projectionBF.get(row, feature) + bMag1F.get(0, feature));
    }

    private float[] scales() {
        float[] scale = rMag1F.toArray();
        for (int feature = 0; feature < scale.length; feature++) {
            scale[feature] = (float) StrictMath.exp(scale[feature]);
        }
        return scale;
    }
}
