package org.unweave.model.format;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/**
 * Rows and what an SAE makes of them here, against which another program's reconstruction can be held.
 *
 * @param xBD the rows
 * @param reconstructionBD {@code x^}
 */
public record CheckRows(Mat xBD, Mat reconstructionBD) implements AutoCloseable {

    /**
     * Gaussian rows.
     *
     * @param rootMeanSquareNorm of a row, as of the model's own activations
     */
    public static CheckRows draw(FrozenSae sae, int rows, double rootMeanSquareNorm, long seed, Ops ops) {
        Draws draws = new Draws(seed, "check rows", rows);
        double deviation = rootMeanSquareNorm / Math.sqrt(sae.width());
        Mat xBD = Mat.zeros(rows, sae.width());
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < sae.width(); i++) {
                xBD.set(row, i, (float) (deviation * draws.gaussian()));
            }
        }
        return new CheckRows(xBD, reconstruction(sae, xBD, ops));
    }

    private static Mat reconstruction(FrozenSae sae, Mat xBD, Ops ops) {
        Mat reconstructionBD = Mat.zeros(xBD.rows(), sae.width());
        Codes codes = new Codes(sae.features());
        try (Workspace workspace = new Workspace(ops)) {
            sae.encode(xBD, workspace, codes);
            sae.decode(codes, workspace, reconstructionBD);
        }
        return reconstructionBD;
    }

    @Override
    public void close() {
        xBD.close();
        reconstructionBD.close();
    }
}
