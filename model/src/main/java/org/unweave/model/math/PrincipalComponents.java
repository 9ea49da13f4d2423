package org.unweave.model.math;

/** The principal directions of rows, from their covariance, by LAPACK's symmetric eigensolver. */
public final class PrincipalComponents {
    private PrincipalComponents() {}

    /**
     * Unit rows, the direction of most variance first; each with its largest element positive, so that the signs do not
     * depend on the solver.
     *
     * @param covarianceDD symmetric, finite
     */
    public static Mat of(Mat covarianceDD) {
        int width = covarianceDD.rows();
        covarianceDD.requireShape(width, width);
        double[] vectors = new double[width * width];
        float[] elements = covarianceDD.toArray();
        for (int i = 0; i < elements.length; i++) {
            vectors[i] = elements[i];
        }
        int info = Blas.eigenvectors(vectors, width);
        if (info != 0) {
            throw new ArithmeticException("the eigenvectors of a covariance of " + width + " x " + width
                    + " were not found (LAPACK's dsyevd said " + info + "); is it finite?");
        }
        Mat directions = Mat.zeros(width, width);
        float[] row = new float[width];
        for (int rank = 0; rank < width; rank++) {
            int column = width - 1 - rank; // LAPACK's eigenvalues rise.
            double largest = 0;
            for (int d = 0; d < width; d++) {
                double element = vectors[d * width + column];
                largest = Math.abs(element) > Math.abs(largest) ? element : largest;
            }
            for (int d = 0; d < width; d++) {
                row[d] = (float) (vectors[d * width + column] * Math.signum(largest));
            }
            directions.setRow(rank, row);
        }
        return directions;
    }
}
