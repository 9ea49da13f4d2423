package org.unweave.eval;

/**
 * Rows less their mean, in units in which the mean squared norm of that is 1: how hard a probe is held to small weights
 * then depends neither on the rows' scale nor on their width. Without it few texts are told apart by heart, in a direction
 * that other texts do not have.
 */
final class Frame {
    private final double[] meanD;
    private final double scale;

    private Frame(double[] meanD, double scale) {
        this.meanD = meanD;
        this.scale = scale;
    }

    /** Of the rows that a probe is fitted on, row by row. */
    static Frame of(double[] rowsND, int width) {
        int count = rowsND.length / width;
        double[] meanD = new double[width];
        for (int i = 0; i < rowsND.length; i++) {
            meanD[i % width] += rowsND[i] / count;
        }
        double sum = 0;
        for (int i = 0; i < rowsND.length; i++) {
            double deviation = rowsND[i] - meanD[i % width];
            sum += deviation * deviation / count;
        }
        return new Frame(meanD, sum > 0 ? Math.sqrt(sum) : 1);
    }

    double[] of(double[] rowsND) {
        double[] out = new double[rowsND.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (rowsND[i] - meanD[i % meanD.length]) / scale;
        }
        return out;
    }

    int width() {
        return meanD.length;
    }

    double scale() {
        return scale;
    }
}
