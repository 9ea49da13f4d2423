package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * Keeps every positive pre-activation. Encoder and decoder rows begin as random vectors of norm 0.1, both biases at 0; a
 * constraint brings decoder rows to norm 1 at the first update, as in dictionary_learning.
 *
 * @param unitDecoderRows whether decoder rows are held at norm 1; where they are not, their norms go into the encoder
 *     when the SAE is frozen
 * @param uniformBias whether b_enc begins as PyTorch's linear layer leaves it, uniform within 1 / sqrt(D)
 */
public record ReluActivation(boolean unitDecoderRows, boolean uniformBias) implements Activation {
    private static final double INITIAL_NORM = 0.1; // standard.py: columns of norm 0.1

    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tied(params, INITIAL_NORM, random, workspace.ops());
        if (uniformBias) {
            Weights.uniform(params.bEnc1F(), 1 / Math.sqrt(params.width()), random);
        }
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        return new Pick.Positive(out);
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        if (!unitDecoderRows) {
            foldNorms(weights, workspace.ops());
        }
        return new ReluForm(weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }

    // relu(n p) = n relu(p): a latent whose decoder row is divided by n codes n times as much.
    private static void foldNorms(Params weights, Ops ops) {
        for (int feature = 0; feature < weights.features(); feature++) {
            Mat row1D = weights.decFD().rowsView(feature, feature + 1);
            float norm = (float) Math.sqrt(ops.sumOfSquares(row1D));
            if (norm > 0) {
                ops.scale(row1D, 1 / norm);
                ops.scale(weights.encFD().rowsView(feature, feature + 1), norm);
                weights.bEnc1F().set(0, feature, weights.bEnc1F().get(0, feature) * norm);
            }
        }
    }
}
