package org.unweave.eval;

import org.unweave.model.data.RowMoments;
import org.unweave.model.math.Mat;
import org.unweave.model.math.PrincipalComponents;
import org.unweave.model.sae.TopKForm;

/**
 * The control that knows the rows' covariance: two latents for each principal direction, one for either sign, the k
 * largest kept. There are no more than twice as many as dimensions, however many features the trained SAEs have; with
 * fewer, the directions of least variance are left out.
 */
final class PcaSae {
    private PcaSae() {}

    static TopKForm create(int features, int k, RowMoments rows) {
        int width = rows.mean1D().cols();
        int directions = Math.clamp(features / 2, 1, width);
        Mat decFD = Mat.zeros(2 * directions, width);
        try (Mat principalDD = PrincipalComponents.of(rows.covarianceDD())) {
            for (int rank = 0; rank < directions; rank++) {
                float[] row = principalDD.copyRow(rank);
                decFD.setRow(2 * rank, row);
                decFD.setRow(2 * rank + 1, negated(row));
            }
        }
        return new TopKForm(
                Math.min(k, directions),
                decFD.copy(),
                Mat.zeros(1, 2 * directions),
                decFD,
                rows.mean1D().copy());
    }

    private static float[] negated(float[] row) {
        float[] out = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            out[i] = -row[i];
        }
        return out;
    }
}
