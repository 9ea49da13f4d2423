package org.unweave.model.sae;

import java.util.function.ToDoubleFunction;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.part.Params;

/**
 * The jump-relu variant's losses in double, in plain loops that share nothing with the kernels. A threshold has no
 * derivative in the usual sense; its gradient is the formula by which it is defined, and that of the other weights comes
 * from central differences with the active latents fixed.
 *
 * <p>Weights are one vector: W_enc, b_enc, W_dec, b_dec, threshold.
 */
public final class JumpReluOracle {
    private final double[][] xBD;
    private final int features;
    private final int width;
    private final double bandwidth;
    private final double[] base;
    private final boolean[][] active;

    public JumpReluOracle(Mat xBD, Params params, double bandwidth) {
        this.features = params.features();
        this.width = params.width();
        this.bandwidth = bandwidth;
        this.base = LossOracle.flat(params);
        this.xBD = new double[xBD.rows()][];
        this.active = new boolean[xBD.rows()][features];
        for (int row = 0; row < xBD.rows(); row++) {
            this.xBD[row] = LossOracle.doubles(xBD.copyRow(row));
            for (int f = 0; f < features; f++) {
                active[row][f] = pre(base, row, f) > threshold(f);
            }
        }
    }

    private int decoder() {
        return features * width + features;
    }

    private int decoderBias() {
        return decoder() + features * width;
    }

    private double threshold(int f) {
        return base[decoderBias() + width + f];
    }

    private double pre(double[] w, int row, int f) {
        double sum = w[features * width + f];
        for (int d = 0; d < width; d++) {
            sum += xBD[row][d] * w[f * width + d];
        }
        return sum;
    }

    private double[] error(double[] w, int row) {
        double[] e = new double[width];
        for (int d = 0; d < width; d++) {
            e[d] = xBD[row][d] - w[decoderBias() + d];
            for (int f = 0; f < features; f++) {
                e[d] -= active[row][f] ? pre(w, row, f) * w[decoder() + f * width + d] : 0;
            }
        }
        return e;
    }

    /** {@code mean ||x - x^||^2}. */
    public double reconstruction() {
        return reconstructionOf().applyAsDouble(base);
    }

    private ToDoubleFunction<double[]> reconstructionOf() {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                for (double e : error(w, row)) {
                    sum += e * e;
                }
            }
            return sum / xBD.length;
        };
    }

    /** The mean number of active latents in a row. */
    public double l0() {
        double sum = 0;
        for (boolean[] row : active) {
            for (boolean one : row) {
                sum += one ? 1 : 0;
            }
        }
        return sum / xBD.length;
    }

    /**
     * The L0 that the reference counts: it compares the codes to the thresholds, and a silent latent's 0 is above one that is
     * negative.
     */
    public double l0OnCodes() {
        double sum = 0;
        for (int row = 0; row < xBD.length; row++) {
            for (int f = 0; f < features; f++) {
                double code = active[row][f] ? pre(base, row, f) : 0;
                sum += code > threshold(f) ? 1 : 0;
            }
        }
        return sum / xBD.length;
    }

    /** {@code d recon / d threshold = - (threshold / bandwidth) sum_b 1[|p - threshold| < bandwidth / 2] d recon / dz}. */
    private double[] thresholdsOfReconstruction() {
        double[] gradient = new double[features];
        for (int row = 0; row < xBD.length; row++) {
            double[] e = error(base, row);
            for (int f = 0; f < features; f++) {
                if (Math.abs(pre(base, row, f) - threshold(f)) >= bandwidth / 2) {
                    continue;
                }
                double ofCode = 0;
                for (int d = 0; d < width; d++) {
                    ofCode -= 2 * e[d] * base[decoder() + f * width + d] / xBD.length;
                }
                gradient[f] -= threshold(f) / bandwidth * ofCode;
            }
        }
        return gradient;
    }

    /** How often a pre-activation, or a code, lies in the window around its latent's threshold. */
    public double[] inWindow(boolean onCodes) {
        double[] hits = new double[features];
        for (int row = 0; row < xBD.length; row++) {
            for (int f = 0; f < features; f++) {
                double value = onCodes && !active[row][f] ? 0 : pre(base, row, f);
                hits[f] += Math.abs(value - threshold(f)) < bandwidth / 2 ? 1 : 0;
            }
        }
        return hits;
    }

    private double[][] codes(double[] w) {
        double[][] codesBF = new double[xBD.length][features];
        for (int row = 0; row < xBD.length; row++) {
            for (int f = 0; f < features; f++) {
                codesBF[row][f] = active[row][f] ? pre(w, row, f) : 0;
            }
        }
        return codesBF;
    }

    /** Of a loss of the codes of all rows: a threshold's is by the codes in its window, silent ones too. */
    public double[] gradientOfCodes(ToDoubleFunction<double[][]> loss) {
        double[] gradient = LossOracle.differences(base, w -> loss.applyAsDouble(codes(w)));
        double[][] ofCodes = TextLosses.differences(codes(base), loss);
        for (int row = 0; row < xBD.length; row++) {
            for (int f = 0; f < features; f++) {
                if (Math.abs(pre(base, row, f) - threshold(f)) < bandwidth / 2) {
                    gradient[decoderBias() + width + f] -= threshold(f) / bandwidth * ofCodes[row][f];
                }
            }
        }
        return gradient;
    }

    /** Of {@code reconstruction + weight (l0 / target - 1)^2}. */
    public double[] gradient(double weight, double target, boolean onCodes) {
        double[] gradient = LossOracle.differences(base, reconstructionOf());
        LossOracle.removeParallel(gradient, base, features, width);
        double l0 = onCodes ? l0OnCodes() : l0();
        double ofL0 = 2 * weight * (l0 / target - 1) / target;
        double[] hits = inWindow(onCodes);
        double[] ofReconstruction = thresholdsOfReconstruction();
        for (int f = 0; f < features; f++) {
            gradient[decoderBias() + width + f] = ofReconstruction[f] - ofL0 * hits[f] / (bandwidth * xBD.length);
        }
        return gradient;
    }
}
