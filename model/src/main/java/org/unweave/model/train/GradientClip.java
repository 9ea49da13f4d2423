package org.unweave.model.train;

/** The factor that cuts a gradient to a greatest global norm, as PyTorch's clip_grad_norm_. */
final class GradientClip {
    private static final double EPSILON = 1e-6;

    private GradientClip() {}

    /** A greatest norm of 0 does not cut. */
    static double factor(double norm, double greatest) {
        return greatest == 0 ? 1 : Math.min(1, greatest / (norm + EPSILON));
    }
}
