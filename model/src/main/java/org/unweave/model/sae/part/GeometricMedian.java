package org.unweave.model.sae.part;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;

/**
 * The point with the least summed distance to the rows, by Weiszfeld's iteration from their mean.
 *
 * <p>Source: dictionary_learning's {@code geometric_median} (at most 100 rounds, until it moves less than 1e-5), guarded
 * where it meets a row.
 */
public final class GeometricMedian {
    private static final int ROUNDS = 100;
    private static final double STILL = 1e-5;
    private static final double LEAST_DISTANCE = 1e-8;

    private GeometricMedian() {}

    /** Overwrites {@code out} with the median of the rows. */
    public static void of(Mat xBD, Workspace workspace, Mat out1D) {
        Ops ops = workspace.ops();
        int rows = xBD.rows();
        Mat awayBD = workspace.take("median.away", rows, xBD.cols());
        Mat next1D = workspace.take("median.next", 1, xBD.cols());
        Mat weight1B = workspace.take("median.weight", 1, rows);
        out1D.fill(0);
        ops.addColumnSums(1f / rows, xBD, out1D);
        for (int round = 0; round < ROUNDS; round++) {
            ops.subtractRow(xBD, out1D, awayBD);
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                double distance = Math.sqrt(ops.sumOfSquares(awayBD.rowsView(row, row + 1)));
                double weight = 1 / Math.max(distance, LEAST_DISTANCE);
                weight1B.set(0, row, (float) weight);
                sum += weight;
            }
            ops.scale(weight1B, (float) (1 / sum));
            ops.multiply(weight1B, xBD, next1D);
            ops.subtract(next1D, out1D, out1D);
            double moved = Math.sqrt(ops.sumOfSquares(out1D));
            out1D.copyFrom(next1D);
            if (moved < STILL) {
                return;
            }
        }
    }
}
