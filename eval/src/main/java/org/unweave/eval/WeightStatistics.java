package org.unweave.eval;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FrozenSae;

/** Norms and cosines of the rows of an SAE's weights. A cosine with a row of zeros is NaN. */
final class WeightStatistics {
    private static final int BLOCK_ROWS = 256;

    private final double[] encoderNorm;
    private final double[] encoderDecoderCosine;
    private final double[] maxEncoderCosine;
    private final double[] maxDecoderCosine;

    WeightStatistics(FrozenSae sae, Ops ops) {
        Mat encFD = sae.encFD();
        Mat decFD = sae.decFD();
        double[] decoderNorm = norms(decFD);
        this.encoderNorm = norms(encFD);
        this.encoderDecoderCosine = new double[sae.features()];
        for (int feature = 0; feature < sae.features(); feature++) {
            encoderDecoderCosine[feature] =
                    dot(encFD.copyRow(feature), decFD.copyRow(feature)) / (encoderNorm[feature] * decoderNorm[feature]);
        }
        this.maxEncoderCosine = maxCosines(encFD, encoderNorm, ops);
        this.maxDecoderCosine = maxCosines(decFD, decoderNorm, ops);
    }

    private static double[] norms(Mat rowsFD) {
        double[] norms = new double[rowsFD.rows()];
        for (int row = 0; row < norms.length; row++) {
            float[] values = rowsFD.copyRow(row);
            norms[row] = Math.sqrt(dot(values, values));
        }
        return norms;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** The largest cosine of each row with another one, signed; NaN where there is no other. */
    private static double[] maxCosines(Mat rowsFD, double[] norms, Ops ops) {
        int features = rowsFD.rows();
        double[] largest = new double[features];
        try (Mat products = Mat.zeros(Math.min(BLOCK_ROWS, features), features)) {
            for (int from = 0; from < features; from += BLOCK_ROWS) {
                int to = Math.min(features, from + BLOCK_ROWS);
                Mat out = products.rowsView(0, to - from);
                ops.multiplyTransposed(rowsFD.rowsView(from, to), rowsFD, out);
                for (int row = from; row < to; row++) {
                    largest[row] = largestOther(out.copyRow(row - from), norms, row) / norms[row];
                }
            }
        }
        return largest;
    }

    private static double largestOther(float[] products, double[] norms, int row) {
        double largest = Double.NaN;
        for (int other = 0; other < products.length; other++) {
            double scaled = products[other] / norms[other];
            if (other != row && !(scaled <= largest) && !Double.isNaN(scaled)) {
                largest = scaled;
            }
        }
        return largest;
    }

    double encoderNorm(int feature) {
        return encoderNorm[feature];
    }

    double encoderDecoderCosine(int feature) {
        return encoderDecoderCosine[feature];
    }

    double maxEncoderCosine(int feature) {
        return maxEncoderCosine[feature];
    }

    double maxDecoderCosine(int feature) {
        return maxDecoderCosine[feature];
    }
}
