package org.unweave.eval;

/**
 * {@link LogisticProbe} on rows of many more elements than there are rows, as pooled latents of texts: the same probe, found
 * among the combinations of the rows that it is fitted on, of which it must be one.
 *
 * <p>With K = X X^T of the N rows and K = L L^T (Cholesky), the probe v on the rows of L has the same decisions and the same
 * norm as w = X^T L^-T v on those of X. K has a billionth of its mean diagonal added, so that it has an L where rows are alike.
 * Rows are put into a {@link Frame} first.
 */
final class WideProbe {
    private static final double RIDGE = 1e-9;

    private final Frame frame;
    private final double[] weightF;
    private final double intercept;

    private WideProbe(Frame frame, double[] weightF, double intercept) {
        this.frame = frame;
        this.weightF = weightF;
        this.intercept = intercept;
    }

    /** Fits with C = 1. */
    static WideProbe fit(double[][] rowsNF, boolean[] positive) {
        int count = rowsNF.length;
        int width = rowsNF[0].length;
        Frame frame = Frame.of(flat(rowsNF, width), width);
        double[][] xNF = new double[count][];
        for (int n = 0; n < count; n++) {
            xNF[n] = frame.of(rowsNF[n]);
        }
        double[][] lNN = gram(xNF);
        factorise(lNN);
        LogisticProbe probe = LogisticProbe.fit(flat(lNN, count), count, positive);
        double[] alphaN = solveTransposed(lNN, probe.coefficients());
        double[] weightF = new double[width];
        for (int n = 0; n < count; n++) {
            for (int f = 0; f < width; f++) {
                weightF[f] += alphaN[n] * xNF[n][f];
            }
        }
        return new WideProbe(frame, weightF, probe.intercept());
    }

    /** The weights, for rows in the frame's scale. */
    double[] weightF() {
        return weightF.clone();
    }

    /** The share of rows whose label is that of the decision's sign. A decision of exactly 0 is negative. */
    double accuracy(double[][] rowsNF, boolean[] positive) {
        int right = 0;
        for (int n = 0; n < positive.length; n++) {
            right += intercept + dot(weightF, frame.of(rowsNF[n])) > 0 == positive[n] ? 1 : 0;
        }
        return (double) right / positive.length;
    }

    private static double[] flat(double[][] rows, int width) {
        double[] out = new double[rows.length * width];
        for (int n = 0; n < rows.length; n++) {
            System.arraycopy(rows[n], 0, out, n * width, width);
        }
        return out;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** The lower triangle. */
    private static double[][] gram(double[][] xNF) {
        int count = xNF.length;
        double[][] kNN = new double[count][count];
        double trace = 0;
        for (int a = 0; a < count; a++) {
            for (int b = 0; b <= a; b++) {
                kNN[a][b] = dot(xNF[a], xNF[b]);
            }
            trace += kNN[a][a];
        }
        for (int a = 0; a < count; a++) {
            kNN[a][a] += trace > 0 ? RIDGE * trace / count : 1;
        }
        return kNN;
    }

    /** Cholesky, of a lower triangle in its place. */
    private static void factorise(double[][] kNN) {
        for (int a = 0; a < kNN.length; a++) {
            for (int b = 0; b <= a; b++) {
                double sum = kNN[a][b];
                for (int c = 0; c < b; c++) {
                    sum -= kNN[a][c] * kNN[b][c];
                }
                kNN[a][b] = a == b ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / kNN[b][b];
            }
        }
    }

    private static double[] solveTransposed(double[][] lNN, double[] right) {
        double[] out = right.clone();
        for (int a = lNN.length - 1; a >= 0; a--) {
            out[a] /= lNN[a][a];
            for (int b = 0; b < a; b++) {
                out[b] -= lNN[a][b] * out[a];
            }
        }
        return out;
    }
}
