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
        outputBD.copyFrom(forward.errorBD());
        ops.scale(outputBD, -2f / rows);
        gradient.addDecoder(forward.codes(), forward.codes().value(), outputBD);
        ops.addColumnSums(1f, outputBD, gradient.weights().bDec1D());
        ops.addCodeGradients(forward.codes(), outputBD, forward.params().decFD(), gradient.codes());
        return ops.sumOfSquares(forward.errorBD()) / rows;
    }
}
