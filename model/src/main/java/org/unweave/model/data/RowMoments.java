package org.unweave.model.data;

import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/**
 * Mean and covariance of stored training rows, in the model's own activation scale.
 *
 * @param mean1D the mean row
 * @param covarianceDD divided by the number of rows
 */
public record RowMoments(Mat mean1D, Mat covarianceDD) implements AutoCloseable {

    /** Of the first batches that together have at least so many rows, or of one epoch if that is fewer. */
    public static RowMoments of(Batches batches, double scale, long rows, Ops ops) {
        int width = batches.width();
        long count = Math.clamp(Math.ceilDiv(rows, batches.batchRows()), 1, batches.batchesPerEpoch());
        Mat mean1D = Mat.zeros(1, width);
        Mat covarianceDD = Mat.zeros(width, width);
        try (Mat batchBD = Mat.zeros(batches.batchRows(), width);
                Mat centredBD = Mat.zeros(batches.batchRows(), width);
                Mat productDD = Mat.zeros(width, width)) {
            float share = (float) (1.0 / (count * batches.batchRows()));
            for (long n = 0; n < count; n++) {
                batches.read(n, batchBD);
                ops.addColumnSums(share, batchBD, mean1D);
            }
            for (long n = 0; n < count; n++) {
                batches.read(n, batchBD);
                ops.subtractRow(batchBD, mean1D, centredBD);
                ops.multiplyLeftTransposed(centredBD, centredBD, productDD);
                ops.addScaled(share, productDD, covarianceDD);
            }
        }
        ops.scale(mean1D, (float) (1 / scale));
        ops.scale(covarianceDD, (float) (1 / (scale * scale)));
        return new RowMoments(mean1D, covarianceDD);
    }

    @Override
    public void close() {
        mean1D.close();
        covarianceDD.close();
    }
}
