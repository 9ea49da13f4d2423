package org.unweave.model.train;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.part.Params;

/** The global norm of a gradient, and the factor that cuts it to a greatest norm, as PyTorch's clip_grad_norm_. */
final class GradientClip {
    private static final double EPSILON = 1e-6;

    private GradientClip() {}

    static double norm(Params gradient, Ops ops) {
        double sum = 0;
        for (Mat mat : gradient.all()) {
            sum += ops.sumOfSquares(mat);
        }
        return Math.sqrt(sum);
    }

    /** A greatest norm of 0 does not cut. */
    static double factor(double norm, double greatest) {
        return greatest == 0 ? 1 : Math.min(1, greatest / (norm + EPSILON));
    }
}
