package org.unweave.model.sae.part;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** {@code R = mean_b ||x_b - x^_b||^2}: the sum over D, the mean over rows. */
public final class Reconstruction implements Term {
    public static final String NAME = "reconstruction";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        int rows = forward.rows();
        Mat outputBD = forward.workspace()
                .take("reconstruction.gradient", rows, forward.errorBD().cols());
        float factor = -2f / rows;
        outputBD.copyFrom(forward.errorBD());
        ops.scale(outputBD, factor);
        gradient.addDecoder(forward.codes(), forward.codes().value(), outputBD);
        ops.addColumnSums(1f, outputBD, gradient.weights().bDec1D());
        float[] products = forward.codes().errorProducts();
        if (products == null) {
            ops.addCodeGradients(forward.codes(), outputBD, forward.params().decFD(), gradient.codes());
        } else {
            for (int j = 0; j < forward.codes().entries(); j++) {
                gradient.codes()[j] += factor * products[j];
            }
        }
        return ops.sumOfSquares(forward.errorBD()) / rows;
    }
}
