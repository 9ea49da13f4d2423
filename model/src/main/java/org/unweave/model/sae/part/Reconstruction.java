package org.unweave.model.sae.part;

import org.unweave.model.math.Codes;
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
        Codes codes = forward.codes();
        // With respect to an output, times its error.
        float factor = -2f / forward.rows();
        gradient.addDecoder(codes, codes.value(), factor, forward.errorBD());
        ops.addColumnSums(factor, forward.errorBD(), gradient.weights().bDec1D());
        float[] products = codes.errorProducts();
        for (int j = 0; j < codes.entries(); j++) {
            gradient.codes()[j] += factor * products[j];
        }
        return ops.sumOfSquares(forward.errorBD()) / forward.rows();
    }
}
