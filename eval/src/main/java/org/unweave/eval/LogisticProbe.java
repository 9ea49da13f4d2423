package org.unweave.eval;

import java.util.Arrays;

/**
 * Logistic regression on few features, solved to convergence: {@code 1/2 |w|^2 + C sum log(1 + exp(-y (w.z + b)))},
 * y in {-1, 1}, features as they are, the intercept free.
 *
 * <p>The objective is scikit-learn's with its default penalty. It is strictly convex where both labels occur, so any
 * solver finds the same probe; this one is Newton's method with step halving, since there are only k + 1 unknowns.
 */
public final class LogisticProbe {
    private static final int MAX_STEPS = 500;
    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final double GRADIENT_TOLERANCE = 1e-9;

    private final double[] coefficients;
    private final double intercept;

    private LogisticProbe(double[] coefficients, double intercept) {
        this.coefficients = coefficients;
        this.intercept = intercept;
    }

    /** Fits with C = 1. {@code rowsNK} holds N rows of k features, row by row. */
    public static LogisticProbe fit(double[] rowsNK, int features, boolean[] positive) {
        return new Solver(rowsNK, features, positive, 1).solve();
    }

    public double[] coefficients() {
        return coefficients.clone();
    }

    public double intercept() {
        return intercept;
    }

    /** {@code w.z + b} of one row of {@code rowsNK}. */
    public double decision(double[] rowsNK, int row) {
        double sum = intercept;
        for (int i = 0; i < coefficients.length; i++) {
            sum += coefficients[i] * rowsNK[row * coefficients.length + i];
        }
        return sum;
    }

    /** The share of rows whose label is that of the decision's sign. A decision of exactly 0 is negative. */
    public double accuracy(double[] rowsNK, boolean[] positive) {
        int right = 0;
        for (int row = 0; row < positive.length; row++) {
            if (decision(rowsNK, row) > 0 == positive[row]) {
                right++;
            }
        }
        return (double) right / positive.length;
    }

    /** Unknowns are the k weights and, last, the intercept. */
    private static final class Solver {
        private final double[] rows;
        private final int features;
        private final int count;
        private final boolean[] positive;
        private final double c;
        private final double scale;

        private double[] theta;
        private double[] gradient;
        private final double[][] hessian;

        Solver(double[] rows, int features, boolean[] positive, double c) {
            this.rows = rows;
            this.features = features;
            this.count = positive.length;
            this.positive = positive;
            this.c = c;
            if (features < 1 || rows.length != (long) count * features) {
                throw new IllegalArgumentException(rows.length + " values are not " + count + " rows of " + features);
            }
            requireBothLabels();
            this.scale = Math.max(1, largest());
            this.theta = new double[features + 1];
            this.gradient = new double[features + 1];
            this.hessian = new double[features + 1][features + 1];
        }

        private void requireBothLabels() {
            int positives = 0;
            for (boolean label : positive) {
                positives += label ? 1 : 0;
            }
            if (positives == 0 || positives == count) {
                throw new IllegalArgumentException(
                        "a probe needs both labels, got " + positives + " positives among " + count + " rows");
            }
        }

        private double largest() {
            double largest = 0;
            for (double value : rows) {
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException("a feature is " + value);
                }
                largest = Math.max(largest, Math.abs(value));
            }
            return largest;
        }

        LogisticProbe solve() {
            double objective = objective(theta);
            for (int step = 0; step < MAX_STEPS; step++) {
                differentiate();
                double slope = largestGradient();
                if (slope <= GRADIENT_TOLERANCE * scale) {
                    return probe();
                }
                double[] direction = solveSystem();
                double decrease = dot(gradient, direction);
                double length = 1;
                double[] next = moved(direction, length);
                double nextObjective = objective(next);
                while (nextObjective > objective - SUFFICIENT_DECREASE * length * decrease && length > 1e-12) {
                    length /= 2;
                    next = moved(direction, length);
                    nextObjective = objective(next);
                }
                if (nextObjective >= objective) {
                    // Rounding hides any further decrease: this is the minimum, as far as doubles can tell.
                    return probe();
                }
                theta = next;
                objective = nextObjective;
            }
            throw new IllegalStateException("the probe did not converge in " + MAX_STEPS + " steps");
        }

        private LogisticProbe probe() {
            double[] weights = new double[features];
            System.arraycopy(theta, 0, weights, 0, features);
            return new LogisticProbe(weights, theta[features]);
        }

        private double margin(double[] at, int row) {
            double sum = at[features];
            for (int i = 0; i < features; i++) {
                sum += at[i] * rows[row * features + i];
            }
            return sum;
        }

        private double objective(double[] at) {
            double sum = 0;
            for (int i = 0; i < features; i++) {
                sum += at[i] * at[i] / 2;
            }
            for (int row = 0; row < count; row++) {
                double signed = positive[row] ? margin(at, row) : -margin(at, row);
                // log(1 + exp(-signed)) without overflow
                sum += c * (Math.max(0, -signed) + Math.log1p(Math.exp(-Math.abs(signed))));
            }
            return sum;
        }

        private void differentiate() {
            for (int i = 0; i <= features; i++) {
                gradient[i] = i < features ? theta[i] : 0;
                Arrays.fill(hessian[i], 0);
                hessian[i][i] = i < features ? 1 : 0;
            }
            for (int row = 0; row < count; row++) {
                double probability = 1 / (1 + Math.exp(-margin(theta, row)));
                double error = c * (probability - (positive[row] ? 1 : 0));
                double curvature = c * probability * (1 - probability);
                for (int i = 0; i <= features; i++) {
                    double left = element(row, i);
                    gradient[i] += error * left;
                    for (int j = 0; j <= i; j++) {
                        hessian[i][j] += curvature * left * element(row, j);
                    }
                }
            }
        }

        private double element(int row, int i) {
            return i < features ? rows[row * features + i] : 1;
        }

        private double largestGradient() {
            double largest = 0;
            for (double element : gradient) {
                largest = Math.max(largest, Math.abs(element));
            }
            return largest;
        }

        /** The Newton direction, by Cholesky; overwrites the lower triangle of the Hessian. */
        private double[] solveSystem() {
            int n = features + 1;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    double sum = hessian[i][j];
                    for (int m = 0; m < j; m++) {
                        sum -= hessian[i][m] * hessian[j][m];
                    }
                    if (i == j) {
                        // Where all rows are saturated, only rounding is left of the intercept's curvature.
                        hessian[i][i] = Math.sqrt(Math.max(sum, 1e-12));
                    } else {
                        hessian[i][j] = sum / hessian[j][j];
                    }
                }
            }
            double[] x = gradient.clone();
            for (int i = 0; i < n; i++) {
                for (int m = 0; m < i; m++) {
                    x[i] -= hessian[i][m] * x[m];
                }
                x[i] /= hessian[i][i];
            }
            for (int i = n - 1; i >= 0; i--) {
                for (int m = i + 1; m < n; m++) {
                    x[i] -= hessian[m][i] * x[m];
                }
                x[i] /= hessian[i][i];
            }
            return x;
        }

        private double[] moved(double[] direction, double length) {
            double[] next = theta.clone();
            for (int i = 0; i < next.length; i++) {
                next[i] -= length * direction[i];
            }
            return next;
        }

        private static double dot(double[] a, double[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
            }
            return sum;
        }
    }
}
