package org.unweave.model.sae;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.part.Params;

/**
 * The losses of a step in double, in plain loops that share nothing with the kernels, for derivatives by central
 * differences.
 *
 * <p>What a step holds constant is fixed at the base point: which latents are active, which of the dead reconstruct the
 * residual, the residual that they are to reconstruct and its spread, the margin, the penalty's factor. On this piece
 * the losses are smooth.
 *
 * <p>Weights are one vector: W_enc, b_enc, W_dec, b_dec, each row by row.
 */
public final class LossOracle {
    private static final double STEP = 1e-5; // rounding 1e-16 / 1e-5 and curvature (1e-5)^2 are both near 1e-10

    private final double[][] xBD;
    private final int features;
    private final int width;
    private final double[] base;
    private final int[][] active;

    private LossOracle(Mat xBD, Params params, int[][] active) {
        this.xBD = new double[xBD.rows()][];
        for (int row = 0; row < xBD.rows(); row++) {
            this.xBD[row] = doubles(xBD.copyRow(row));
        }
        this.features = params.features();
        this.width = params.width();
        this.base = flat(params);
        this.active = active;
    }

    /** With the k largest positive pre-activations of each row. */
    public static LossOracle topK(Mat xBD, Params params, int k) {
        LossOracle all = new LossOracle(xBD, params, new int[0][]);
        int[] every = IntStream.range(0, params.features()).toArray();
        return new LossOracle(xBD, params, all.largest(every, k));
    }

    /** With the {@code count} largest positive pre-activations of the batch. */
    public static LossOracle batchTopK(Mat xBD, Params params, int count) {
        LossOracle all = new LossOracle(xBD, params, new int[0][]);
        int[] every = IntStream.range(0, params.features()).toArray();
        int[][] positive = all.largest(every, params.features());
        double[] sorted = IntStream.range(0, positive.length)
                .boxed()
                .flatMapToDouble(row -> Arrays.stream(positive[row]).mapToDouble(f -> all.pre(all.base, row, f)))
                .sorted()
                .toArray();
        double least = sorted[sorted.length - count];
        int[][] kept = new int[positive.length][];
        for (int row = 0; row < positive.length; row++) {
            int b = row;
            kept[row] = Arrays.stream(positive[row])
                    .filter(f -> all.pre(all.base, b, f) >= least)
                    .toArray();
        }
        return new LossOracle(xBD, params, kept);
    }

    /** With every positive pre-activation. */
    public static LossOracle relu(Mat xBD, Params params) {
        return topK(xBD, params, params.features());
    }

    private int[][] largest(int[] among, int k) {
        int[][] chosen = new int[xBD.length][];
        for (int row = 0; row < xBD.length; row++) {
            int b = row;
            chosen[row] = Arrays.stream(among)
                    .boxed()
                    .filter(f -> pre(base, b, f) > 0)
                    .sorted((f, g) -> Double.compare(pre(base, b, g), pre(base, b, f)))
                    .limit(k)
                    .mapToInt(f -> f)
                    .toArray();
        }
        return chosen;
    }

    static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    /** Weights, or gradients, as one vector. */
    public static double[] flat(Params params) {
        return params.all().stream()
                .flatMapToDouble(mat -> Arrays.stream(doubles(mat.toArray())))
                .toArray();
    }

    private int decoder() {
        return features * width + features;
    }

    private int decoderBias() {
        return decoder() + features * width;
    }

    private double pre(double[] w, int row, int feature) {
        double sum = w[features * width + feature];
        for (int d = 0; d < width; d++) {
            sum += (xBD[row][d] - w[decoderBias() + d]) * w[feature * width + d];
        }
        return sum;
    }

    private double[] decode(double[] w, int row, int[] latents) {
        double[] out = new double[width];
        for (int feature : latents) {
            double z = pre(w, row, feature);
            for (int d = 0; d < width; d++) {
                out[d] += z * w[decoder() + feature * width + d];
            }
        }
        return out;
    }

    private double[] error(double[] w, int row) {
        double[] decoded = decode(w, row, active[row]);
        return IntStream.range(0, width)
                .mapToDouble(d -> xBD[row][d] - decoded[d] - w[decoderBias() + d])
                .toArray();
    }

    /** {@code mean_b ||x - x^||^2}. */
    public ToDoubleFunction<double[]> reconstruction() {
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

    /** {@code weight mean_b sum_i z_i}. */
    public ToDoubleFunction<double[]> l1(double weight) {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                for (int feature : active[row]) {
                    sum += pre(w, row, feature);
                }
            }
            return weight * sum / xBD.length;
        };
    }

    /** {@code weight mean_b sum_i z_i ||d_i||}. */
    public ToDoubleFunction<double[]> weighedByDecoderNorms(double weight) {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                for (int feature : active[row]) {
                    double square = 0;
                    for (int d = 0; d < width; d++) {
                        double element = w[decoder() + feature * width + d];
                        square += element * element;
                    }
                    sum += pre(w, row, feature) * Math.sqrt(square);
                }
            }
            return weight * sum / xBD.length;
        };
    }

    /** {@code weight mean_b (sum_i z_i^p)^outer}. */
    public ToDoubleFunction<double[]> pNorm(double weight, double p, double outer) {
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                double powers = 0;
                for (int feature : active[row]) {
                    powers += Math.pow(pre(w, row, feature), p);
                }
                sum += Math.pow(powers, outer);
            }
            return weight * sum / xBD.length;
        };
    }

    /** {@code weight sum_g mean_b ||x - x^_g||^2}, {@code x^_g} by the latents below the g-th end. */
    public ToDoubleFunction<double[]> nested(double weight, int... ends) {
        return w -> {
            double sum = 0;
            for (int end : ends) {
                for (int row = 0; row < xBD.length; row++) {
                    double[] decoded = decode(
                            w,
                            row,
                            Arrays.stream(active[row]).filter(f -> f < end).toArray());
                    for (int d = 0; d < width; d++) {
                        double e = xBD[row][d] - decoded[d] - w[decoderBias() + d];
                        sum += e * e;
                    }
                }
            }
            return weight * sum / xBD.length;
        };
    }

    /** AuxK over these dead latents. */
    public ToDoubleFunction<double[]> auxK(double weight, int k, int... dead) {
        double[][] left = new double[xBD.length][];
        double[] mean = new double[width];
        for (int row = 0; row < xBD.length; row++) {
            left[row] = error(base, row);
            for (int d = 0; d < width; d++) {
                mean[d] += left[row][d] / xBD.length;
            }
        }
        double spread = 0;
        for (double[] e : left) {
            for (int d = 0; d < width; d++) {
                spread += (e[d] - mean[d]) * (e[d] - mean[d]);
            }
        }
        double total = spread;
        int[][] chosen = largest(dead, k);
        return w -> {
            double sum = 0;
            for (int row = 0; row < xBD.length; row++) {
                double[] decoded = decode(w, row, chosen[row]);
                for (int d = 0; d < width; d++) {
                    sum += (left[row][d] - decoded[d]) * (left[row][d] - decoded[d]);
                }
            }
            return weight * sum / total;
        };
    }

    /** The latents that fire in the batch, rising. */
    public int[] fired() {
        return Arrays.stream(active)
                .flatMapToInt(Arrays::stream)
                .distinct()
                .sorted()
                .toArray();
    }

    /** Cosine of two decoder rows. */
    public double cosine(double[] w, int i, int j) {
        double dot = 0;
        double normI = 0;
        double normJ = 0;
        for (int d = 0; d < width; d++) {
            double a = w[decoder() + i * width + d];
            double b = w[decoder() + j * width + d];
            dot += a * b;
            normI += a * a;
            normJ += b * b;
        }
        return dot / Math.sqrt(normI * normJ);
    }

    /** Mean and mean square of the cosines of all pairs of the latents that fired. */
    public double[] cosineMoments() {
        int[] fired = fired();
        double[] cosines = IntStream.of(fired)
                .boxed()
                .flatMapToDouble(i -> IntStream.of(fired).filter(j -> j != i).mapToDouble(j -> cosine(base, i, j)))
                .toArray();
        return new double[] {
            Arrays.stream(cosines).average().orElseThrow(),
            Arrays.stream(cosines).map(c -> c * c).average().orElseThrow()
        };
    }

    /** The similarity term over all latents that fired. */
    public ToDoubleFunction<double[]> similarity(double weight, double margin) {
        int[] fired = fired();
        return w -> {
            double sum = 0;
            for (int i : fired) {
                for (int j : fired) {
                    double excess = i == j ? 0 : Math.max(0, cosine(w, i, j) - margin);
                    sum += excess * excess;
                }
            }
            return weight * sum / fired.length;
        };
    }

    /** {@code weight mean_i sum_{j != i} c_ij^2} over these latents. */
    public ToDoubleFunction<double[]> orthogonality(double weight, int... latents) {
        return w -> {
            double sum = 0;
            for (int i : latents) {
                for (int j : latents) {
                    sum += i == j ? 0 : Math.pow(cosine(w, i, j), 2);
                }
            }
            return weight * sum / latents.length;
        };
    }

    /** A loss of the codes of all rows, of which those that are not active are 0. */
    public ToDoubleFunction<double[]> ofCodes(ToDoubleFunction<double[][]> loss) {
        return w -> {
            double[][] codesBF = new double[xBD.length][features];
            for (int row = 0; row < xBD.length; row++) {
                for (int feature : active[row]) {
                    codesBF[row][feature] = pre(w, row, feature);
                }
            }
            return loss.applyAsDouble(codesBF);
        };
    }

    /** The value at the base point. */
    public double value(ToDoubleFunction<double[]> loss) {
        return loss.applyAsDouble(base);
    }

    /** The smallest value of a latent that is active. */
    public double leastActive() {
        return IntStream.range(0, xBD.length)
                .boxed()
                .flatMapToDouble(row -> Arrays.stream(active[row]).mapToDouble(f -> pre(base, row, f)))
                .min()
                .orElseThrow();
    }

    /** Central differences at the base point, the decoder's without their part along its own rows. */
    public double[] gradient(ToDoubleFunction<double[]> loss) {
        double[] gradient = freeGradient(loss);
        removeParallel(gradient, base, features, width);
        return gradient;
    }

    /** Central differences at the base point, the decoder's in all directions. */
    public double[] freeGradient(ToDoubleFunction<double[]> loss) {
        return differences(base, loss);
    }

    /** Central differences. */
    static double[] differences(double[] at, ToDoubleFunction<double[]> loss) {
        double[] gradient = new double[at.length];
        double[] moved = at.clone();
        for (int i = 0; i < at.length; i++) {
            moved[i] = at[i] + STEP;
            double above = loss.applyAsDouble(moved);
            moved[i] = at[i] - STEP;
            gradient[i] = (above - loss.applyAsDouble(moved)) / (2 * STEP);
            moved[i] = at[i];
        }
        return gradient;
    }

    /** Takes from the gradient of each decoder row its part along that row. */
    static void removeParallel(double[] gradient, double[] weights, int features, int width) {
        for (int feature = 0; feature < features; feature++) {
            int at = features * width + features + feature * width;
            double along = 0;
            double square = 0;
            for (int d = 0; d < width; d++) {
                along += gradient[at + d] * weights[at + d];
                square += weights[at + d] * weights[at + d];
            }
            for (int d = 0; d < width; d++) {
                gradient[at + d] -= along / square * weights[at + d];
            }
        }
    }

    /** The elements of one tensor of {@link Params#NAMES} in a vector of all. */
    public double[] part(String name, double[] all) {
        int fd = features * width;
        return switch (name) {
            case "W_enc" -> Arrays.copyOf(all, fd);
            case "b_enc" -> Arrays.copyOfRange(all, fd, decoder());
            case "W_dec" -> Arrays.copyOfRange(all, decoder(), decoderBias());
            case "b_dec" -> Arrays.copyOfRange(all, decoderBias(), all.length);
            default -> throw new IllegalArgumentException(name + " is none of " + List.copyOf(Params.NAMES));
        };
    }
}
