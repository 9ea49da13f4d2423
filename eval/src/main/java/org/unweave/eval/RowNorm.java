package org.unweave.eval;

/** How large a row of the residual stream is; rows far above the usual are no SAE's matter. */
final class RowNorm {
    private RowNorm() {}

    /** The Euclidean norm; not finite where an element is not. */
    static double of(float[] row) {
        double square = 0;
        for (float element : row) {
            square += (double) element * element;
        }
        return Math.sqrt(square);
    }
}
