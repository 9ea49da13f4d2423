package org.unweave.eval;

import java.util.Arrays;
import org.unweave.model.math.Draws;

/**
 * A linear classifier over all columns, trained by AdamW on the logistic loss in mini-batches. Its bits depend on the
 * settings and the draws alone.
 */
final class LinearProbe {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;
    private static final double WEIGHT_DECAY = 0.01;

    private final Settings settings;
    private final double[] weight;
    private double bias;
    private final double[] gradient;
    private double biasGradient;
    private final double[] firstMoment;
    private final double[] secondMoment;
    private double biasFirst;
    private double biasSecond;
    private int updates;

    /**
     * How a probe is trained.
     *
     * @param l1 the factor of the sum of the weights' magnitudes in the loss; the bias is not in it
     * @param epochs at most
     * @param patience epochs without a better accuracy after which it ends
     */
    record Settings(double learningRate, double l1, int batch, int epochs, int patience) {
        /** Of SAEBench's full-width probe. */
        static final Settings FULL_WIDTH = new Settings(1e-2, 0, 250, 100, 10);

        /**
         * Of SAEBench's probes for ablation. The small batch is on purpose: its noise is a part of how a biased probe
         * comes to lean on the second attribute.
         */
        static final Settings ABLATION = new Settings(1e-3, 1e-3, 16, 20, 20);
    }

    /** A probe before its first update. */
    LinearProbe(double[] weight, double bias, Settings settings) {
        this.settings = settings;
        this.weight = weight.clone();
        this.bias = bias;
        this.gradient = new double[weight.length];
        this.firstMoment = new double[weight.length];
        this.secondMoment = new double[weight.length];
    }

    private static LinearProbe drawn(int columns, Draws draws, Settings settings) {
        double bound = 1 / Math.sqrt(columns);
        double[] weight = new double[columns];
        for (int i = 0; i < columns; i++) {
            weight[i] = draws.uniform(-bound, bound);
        }
        return new LinearProbe(weight, draws.uniform(-bound, bound), settings);
    }

    /** Rows of a matrix with their labels. */
    static final class Examples {
        private final SparseRows rows;
        private final int[] row;
        private final boolean[] positive;

        Examples(SparseRows rows, int[] row, boolean[] positive) {
            this.rows = rows;
            this.row = row;
            this.positive = positive;
        }

        SparseRows rows() {
            return rows;
        }

        int[] row() {
            return row;
        }

        boolean[] positive() {
            return positive;
        }

        int count() {
            return row.length;
        }

        /** The examples {@code from} to {@code to}, exclusive. */
        Examples part(int from, int to) {
            return new Examples(rows, Arrays.copyOfRange(row, from, to), Arrays.copyOfRange(positive, from, to));
        }
    }

    /**
     * Trains until no better accuracy on {@code selection} comes, and gives the accuracy on {@code test} after the best
     * epoch. SAEBench selects on the test rows themselves, which flatters.
     */
    static double bestAccuracy(Examples train, Examples selection, Examples test, Draws draws, Settings settings) {
        return best(train, selection, draws, settings).accuracy(test);
    }

    /** The probe of the epoch that is the first with the best accuracy on {@code selection}. */
    static LinearProbe best(Examples train, Examples selection, Draws draws, Settings settings) {
        LinearProbe probe = drawn(train.rows().columns(), draws, settings);
        LinearProbe atBest = probe;
        double best = -1;
        int since = 0;
        for (int epoch = 0; epoch < settings.epochs() && since < settings.patience(); epoch++) {
            int[] order = draws.permutation(train.count());
            for (int from = 0; from < order.length; from += settings.batch()) {
                probe.update(train, order, from, Math.min(order.length, from + settings.batch()));
            }
            double accuracy = probe.accuracy(selection);
            since++;
            if (accuracy > best) {
                best = accuracy;
                atBest = new LinearProbe(probe.weight, probe.bias, settings);
                since = 0;
            }
        }
        return atBest;
    }

    /** One update on the examples {@code order[from]} to {@code order[to]}, exclusive. */
    void update(Examples examples, int[] order, int from, int to) {
        Arrays.fill(gradient, 0);
        biasGradient = 0;
        for (int i = from; i < to; i++) {
            int row = examples.row()[order[i]];
            double probability = 1 / (1 + Math.exp(-logit(examples.rows(), row)));
            double error = (probability - (examples.positive()[order[i]] ? 1 : 0)) / (to - from);
            examples.rows().addTo(gradient, row, error);
            biasGradient += error;
        }
        step();
    }

    private void step() {
        updates++;
        double rate = settings.learningRate() / (1 - Math.pow(BETA_1, updates));
        double correction = 1 / Math.sqrt(1 - Math.pow(BETA_2, updates));
        double keep = 1 - settings.learningRate() * WEIGHT_DECAY;
        for (int i = 0; i < weight.length; i++) {
            double slope = gradient[i] + settings.l1() * Math.signum(weight[i]);
            double first = BETA_1 * firstMoment[i] + (1 - BETA_1) * slope;
            double second = BETA_2 * secondMoment[i] + (1 - BETA_2) * slope * slope;
            firstMoment[i] = first;
            secondMoment[i] = second;
            weight[i] = keep * weight[i] - rate * first / (Math.sqrt(second) * correction + EPSILON);
        }
        biasFirst = BETA_1 * biasFirst + (1 - BETA_1) * biasGradient;
        biasSecond = BETA_2 * biasSecond + (1 - BETA_2) * biasGradient * biasGradient;
        bias = keep * bias - rate * biasFirst / (Math.sqrt(biasSecond) * correction + EPSILON);
    }

    double logit(SparseRows rows, int row) {
        return rows.dot(row, weight) + bias;
    }

    double accuracy(Examples examples) {
        int right = 0;
        for (int i = 0; i < examples.count(); i++) {
            if (logit(examples.rows(), examples.row()[i]) > 0 == examples.positive()[i]) {
                right++;
            }
        }
        return (double) right / examples.count();
    }

    double[] weight() {
        return weight.clone();
    }

    double bias() {
        return bias;
    }
}
