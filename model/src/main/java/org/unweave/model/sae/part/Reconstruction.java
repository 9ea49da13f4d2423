package org.unweave.model.sae.part;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** {@code R = mean_b ||x_b - x^_b||^2}: the sum over D, the mean over rows. */
public final class Reconstruction implements Term {
    @Override
    public String name() {
        return "reconstruction";
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        int rows = forward.rows();
        Mat outputBD = forward.workspace()
                .take("reconstruction.gradient", rows, forward.errorBD().cols());
        outputBD.copyFrom(forward.errorBD());
        ops.scale(outputBD, -2f / rows);
        ops.addFeatureRows(
                forward.codes(),
                forward.codes().value(),
                outputBD,
                gradient.weights().decFD());
        ops.addColumnSums(1f, outputBD, gradient.weights().bDec1D());
        ops.addCodeGradients(forward.codes(), outputBD, forward.params().decFD(), gradient.codes());
        return ops.sumOfSquares(forward.errorBD()) / rows;
    }
}
