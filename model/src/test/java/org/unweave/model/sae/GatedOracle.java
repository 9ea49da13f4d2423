package org.unweave.model.sae;

import java.util.function.ToDoubleFunction;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.part.Params;

/**
 * The gated variant's losses in double, in plain loops that share nothing with the kernels. Which gates are open, which
 * magnitudes are positive, and the decoder by which the gate alone reconstructs are fixed at the base point.
 *
 * <p>Weights are one vector: W_enc, the gate's bias, W_dec, b_dec, b_mag, r_mag.
 */
public final class GatedOracle {
    private final double[][] xBD;
    private final int features;
    private final int width;
    private final double[] base;
    private final boolean[][] open;
    private final boolean[][] positive;

    public GatedOracle(Mat xBD, Params params) {
        this.features = params.features();
        this.width = params.width();
        this.base = LossOracle.flat(params);
        this.xBD = new double[xBD.rows()][];
        this.open = new boolean[xBD.rows()][features];
        this.positive = new boolean[xBD.rows()][features];
        for (int row = 0; row < xBD.rows(); row++) {
            this.xBD[row] = LossOracle.doubles(xBD.copyRow(row));
            for (int f = 0; f < features; f++) {
                open[row][f] = gate(base, row, f) > 0;
                positive[row][f] = magnitude(base, row, f) > 0;
            }
        }
    }

    private double projection(double[] w, int row, int f) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
            sum += (xBD[row][d] - w[decoderBias() + d]) * w[f * width + d];
        }
        return sum;
    }

    private int decoderBias() {
        return 2 * features * width + features;
    }

    private double gate(double[] w, int row, int f) {
        return projection(w, row, f) + w[features * width + f];
    }

    private double magnitude(double[] w, int row, int f) {
        int bMag = decoderBias() + width;
        return Math.exp(w[bMag + features + f]) * projection(w, row, f) + w[bMag + f];
    }

    /** How many gates are open over a magnitude that is 0, so that a test can tell that it met such. */
    public int openOverNothing() {
        int count = 0;
        for (int row = 0; row < xBD.length; row++) {
            for (int f = 0; f < features; f++) {
                count += open[row][f] && !positive[row][f] ? 1 : 0;
            }
        }
        return count;
    }

    private double square(double[] latents, double[] decoder, int row) {
        double square = 0;
        for (int d = 0; d < width; d++) {
            double e = xBD[row][d] - decoder[decoderBias() + d];
            for (int f = 0; f < features; f++) {
                e -= latents[f] * decoder[features * width + features + f * width + d];
            }
            square += e * e;
        }
        return square;
    }

    /** {@code mean ||x - x^||^2}. */
    public ToDoubleFunction<double[]> reconstruction() {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                double[] z = new double[features];
                for (int f = 0; f < features; f++) {
                    z[f] = open[row][f] && positive[row][f] ? magnitude(w, row, f) : 0;
                }
                sum += square(z, w, row);
            }
            return sum / xBD.length;
        };
    }

    private double[] gates(double[] w, int row) {
        double[] gates = new double[features];
        for (int f = 0; f < features; f++) {
            gates[f] = open[row][f] ? gate(w, row, f) : 0;
        }
        return gates;
    }

    /** {@code weight mean sum_i relu(gate_i)}. */
    public ToDoubleFunction<double[]> l1(double weight) {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                for (double gate : gates(w, row)) {
                    sum += gate;
                }
            }
            return weight * sum / xBD.length;
        };
    }

    /** {@code mean ||x - x^_gate||^2}. */
    public ToDoubleFunction<double[]> gateReconstruction() {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                sum += square(gates(w, row), base, row);
            }
            return sum / xBD.length;
        };
    }

    /** The value at the base point. */
    public double value(ToDoubleFunction<double[]> loss) {
        return loss.applyAsDouble(base);
    }

    /** Central differences at the base point, the decoder's without their part along its own rows. */
    public double[] gradient(ToDoubleFunction<double[]> loss) {
        double[] gradient = LossOracle.differences(base, loss);
        LossOracle.removeParallel(gradient, base, features, width);
        return gradient;
    }
}
