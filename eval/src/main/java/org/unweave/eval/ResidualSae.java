package org.unweave.eval;

import org.unweave.model.math.Mat;
import org.unweave.model.sae.ReluForm;

/**
 * The control that changes nothing: two latents for each coordinate of the residual stream, one for either sign, and no
 * bias. Its reconstruction is its input, and what it scores is what single coordinates are worth.
 */
final class ResidualSae {
    private ResidualSae() {}

    static ReluForm create(int width) {
        Mat decFD = Mat.zeros(2 * width, width);
        for (int d = 0; d < width; d++) {
            decFD.set(2 * d, d, 1);
            decFD.set(2 * d + 1, d, -1);
        }
        return new ReluForm(decFD.copy(), Mat.zeros(1, 2 * width), decFD, Mat.zeros(1, width));
    }
}
