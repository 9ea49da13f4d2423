package org.unweave.model.sae.part;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;

/**
 * The point with the least summed distance to the rows, by Weiszfeld's iteration from their mean.
 *
 * <p>Source: dictionary_learning's {@code geometric_median} (at most 100 rounds, until it moves less than 1e-5). Where the
 * point meets a row, whose weight would be infinite, it moves as in Vardi and Zhang, "The multivariate L1-median and
 * associated data depth", 2000: by what the other rows' pull exceeds that of the rows met, and stays if it does not.
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
        Mat move1D = workspace.take("median.move", 1, xBD.cols());
        Mat weight1B = workspace.take("median.weight", 1, rows);
        out1D.fill(0);
        ops.addColumnSums(1f / rows, xBD, out1D);
        for (int round = 0; round < ROUNDS; round++) {
            ops.subtractRow(xBD, out1D, awayBD);
            double sum = 0;
            int met = 0;
            for (int row = 0; row < rows; row++) {
                double distance = Math.sqrt(ops.sumOfSquares(awayBD.rowsView(row, row + 1)));
                double weight = distance < LEAST_DISTANCE ? 0 : 1 / distance;
                met += distance < LEAST_DISTANCE ? 1 : 0;
                weight1B.set(0, row, (float) weight);
                sum += weight;
            }
            if (met == rows) {
                return;
            }
            ops.scale(weight1B, (float) (1 / sum));
            ops.multiply(weight1B, awayBD, move1D);
            double whole = Math.sqrt(ops.sumOfSquares(move1D));
            double share = met == 0 ? 1 : Math.max(0, 1 - met / (whole * sum)); // whole * sum: the others' pull
            ops.addScaled((float) share, move1D, out1D);
            if (whole * share < STILL) {
                return;
            }
        }
    }
}
