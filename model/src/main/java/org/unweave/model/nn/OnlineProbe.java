package org.unweave.model.nn;

import org.unweave.model.math.State;

/**
 * A logistic regression that makes one step of Adam with each batch it is shown.
 *
 * <p>Loss: {@code mean ln(1 + exp(-y (w.h + b))) + l2 / 2 ||w||^2}, y = 1 or -1. Everything begins at 0; in float64.
 *
 * <p>Source: Kingma and Ba, 2015, arXiv 1412.6980, for Adam, with its authors' constants.
 */
public final class OnlineProbe implements State.Holder {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final String name;
    private final double learningRate;
    private final double l2;
    // The weights, and the bias behind them.
    private final double[] weights;
    private final double[] first;
    private final double[] second;
    private long updates;

    /**
     * @param name of its entries in a state
     * @param features of what it is shown
     */
    public OnlineProbe(String name, int features, double learningRate, double l2) {
        this.name = name;
        this.learningRate = learningRate;
        this.l2 = l2;
        this.weights = new double[features + 1];
        this.first = new double[features + 1];
        this.second = new double[features + 1];
    }

    /** Batches it has learned from. */
    public long updates() {
        return updates;
    }

    /** One weight a feature, and the bias behind them; not to be changed. */
    public double[] weights() {
        return weights;
    }

    /** Above 0 where it says 1. */
    public double logit(double[] h) {
        int bias = weights.length - 1;
        double sum = weights[bias];
        for (int f = 0; f < bias; f++) {
            sum += weights[f] * h[f];
        }
        return sum;
    }

    /** The share of rows whose label it tells; 0 without rows. */
    public double accuracy(double[][] rows, boolean[] labels) {
        int right = 0;
        for (int i = 0; i < rows.length; i++) {
            right += logit(rows[i]) > 0 == labels[i] ? 1 : 0;
        }
        return rows.length == 0 ? 0 : (double) right / rows.length;
    }

    /** Learns from rows of one batch, of which there must be one. */
    public void update(double[][] rows, boolean[] labels) {
        int bias = weights.length - 1;
        double[] gradient = new double[weights.length];
        for (int i = 0; i < rows.length; i++) {
            double sigmoid = 1 / (1 + Math.exp(-logit(rows[i])));
            double error = (sigmoid - (labels[i] ? 1 : 0)) / rows.length;
            for (int f = 0; f < bias; f++) {
                gradient[f] += error * rows[i][f];
            }
            gradient[bias] += error;
        }
        for (int f = 0; f < bias; f++) {
            gradient[f] += l2 * weights[f];
        }
        updates++;
        double firstScale = 1 - StrictMath.pow(BETA1, updates);
        double secondScale = 1 - StrictMath.pow(BETA2, updates);
        for (int f = 0; f <= bias; f++) {
            first[f] = BETA1 * first[f] + (1 - BETA1) * gradient[f];
            second[f] = BETA2 * second[f] + (1 - BETA2) * gradient[f] * gradient[f];
            weights[f] -= learningRate * (first[f] / firstScale) / (Math.sqrt(second[f] / secondScale) + EPSILON);
        }
    }

    /** What is held. */
    public long bytes() {
        return 3L * weights.length * Double.BYTES;
    }

    @Override
    public void save(State state) {
        state.put(name + ".weights", weights);
        state.put(name + ".first", first);
        state.put(name + ".second", second);
        state.put(name + ".updates", updates);
    }

    @Override
    public void load(State state) {
        int length = weights.length;
        System.arraycopy(state.doubles(name + ".weights", length), 0, weights, 0, length);
        System.arraycopy(state.doubles(name + ".first", length), 0, first, 0, length);
        System.arraycopy(state.doubles(name + ".second", length), 0, second, 0, length);
        updates = state.longs(name + ".updates", 1)[0];
    }
}
