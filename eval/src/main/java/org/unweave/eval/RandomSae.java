package org.unweave.eval;

import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.TopKForm;

/**
 * The control: an SAE that has learnt nothing but the mean. What an evaluation gives for it is what its form and its
 * size alone are worth.
 */
final class RandomSae {
    private RandomSae() {}

    /**
     * Decoder rows of norm 1 in random directions, the encoder the same, k latents kept, {@code b_dec} the mean
     * activation.
     *
     * @param meanD the mean of the stored rows
     */
    static TopKForm create(int features, int k, float[] meanD, long seed) {
        if (k < 1 || k > features) {
            throw new IllegalArgumentException("k " + k + " of " + features + " features");
        }
        int width = meanD.length;
        Draws draws = new Draws(seed, Control.RANDOM.job(), features, width);
        Mat decFD = Mat.zeros(features, width);
        float[] row = new float[width];
        for (int feature = 0; feature < features; feature++) {
            drawDirection(draws, row);
            decFD.setRow(feature, row);
        }
        return new TopKForm(k, decFD.copy(), Mat.zeros(1, features), decFD, Mat.row(meanD));
    }

    private static void drawDirection(Draws draws, float[] row) {
        double[] direction = new double[row.length];
        double square = 0;
        while (square == 0) {
            for (int i = 0; i < row.length; i++) {
                direction[i] = draws.gaussian();
                square += direction[i] * direction[i];
            }
        }
        double norm = Math.sqrt(square);
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (direction[i] / norm);
        }
    }
}
