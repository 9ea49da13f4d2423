package org.unweave.eval;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FrozenSae;

/** Cosines of some of an SAE's decoder rows with one another. One with a row of zeros is 0. */
final class DecoderCosines {
    private static final int BLOCK_ROWS = 256;

    private final FrozenSae sae;
    private final Ops ops;

    DecoderCosines(FrozenSae sae, Ops ops) {
        this.sae = sae;
        this.ops = ops;
    }

    /**
     * How alike rows are.
     *
     * @param nearest the mean of a row's largest cosine with another
     * @param tail the mean over rows of the sum over the others of {@code max(0, c - from)^2}
     * @param square the mean of the squares over pairs of different rows
     */
    record Alike(double nearest, double tail, double square) {}

    /** All 0 for fewer than two rows. */
    Alike of(int[] latents, double from) {
        int count = latents.length;
        if (count < 2) {
            return new Alike(0, 0, 0);
        }
        double nearest = 0;
        double tail = 0;
        double square = 0;
        try (Mat unitND = unit(latents);
                Mat products = Mat.zeros(Math.min(BLOCK_ROWS, count), count)) {
            for (int begin = 0; begin < count; begin += BLOCK_ROWS) {
                int end = Math.min(count, begin + BLOCK_ROWS);
                Mat out = products.rowsView(0, end - begin);
                ops.multiplyTransposed(unitND.rowsView(begin, end), unitND, out);
                for (int row = begin; row < end; row++) {
                    float[] cosines = out.copyRow(row - begin);
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int other = 0; other < count; other++) {
                        if (other != row) {
                            double c = cosines[other];
                            double above = Math.max(0, c - from);
                            largest = Math.max(largest, c);
                            tail += above * above;
                            square += c * c;
                        }
                    }
                    nearest += largest;
                }
            }
        }
        return new Alike(nearest / count, tail / count, square / count / (count - 1));
    }

    private Mat unit(int[] latents) {
        Mat unitND = Mat.zeros(latents.length, sae.width());
        for (int i = 0; i < latents.length; i++) {
            float[] row = sae.decFD().copyRow(latents[i]);
            double sum = 0;
            for (float value : row) {
                sum += (double) value * value;
            }
            double norm = Math.sqrt(sum);
            for (int d = 0; d < row.length; d++) {
                row[d] = norm > 0 ? (float) (row[d] / norm) : 0;
            }
            unitND.setRow(i, row);
        }
        return unitND;
    }
}
