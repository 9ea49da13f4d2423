package org.unweave.model.sae;

import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/**
 * {@code z = relu(pre) 1[pre > threshold]}, {@code pre = (x - b_dec) W_enc^T + b_enc}, or {@code x W_enc^T + b_enc} where
 * b_dec is not subtracted.
 *
 * @param threshold1F of each latent, in the model's own activation scale; below 0 it acts as 0
 * @param subtractsDecoderBias false for dictionary_learning's JumpReLU; true for what it trains by BatchTopK and
 *     Matryoshka, which freeze to this form with one threshold for all latents
 */
public record JumpReluForm(Mat threshold1F, boolean subtractsDecoderBias, Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D)
        implements FrozenSae {
    @Override
    public String architecture() {
        return "jumprelu";
    }

    @Override
    public List<Mat> weights() {
        return List.of(encFD, bEnc1F, threshold1F, decFD, bDec1D);
    }

    @Override
    public void encode(Mat xBD, Workspace workspace, Codes out) {
        Mat bound1F = workspace.take("frozen.bound", 1, features());
        for (int feature = 0; feature < features(); feature++) {
            bound1F.set(0, feature, Math.max(0, threshold1F.get(0, feature)));
        }
        encode(xBD, new Pick.Above(bound1F, out), workspace);
    }
}
