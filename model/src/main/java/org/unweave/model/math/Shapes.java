package org.unweave.model.math;

import org.jspecify.annotations.Nullable;

/** The checks that every backend makes before it computes. */
final class Shapes {
    private Shapes() {}

    static void multiply(Mat a, boolean transposeA, Mat b, boolean transposeB, Mat out) {
        int m = transposeA ? a.cols() : a.rows();
        int inner = transposeA ? a.rows() : a.cols();
        int n = transposeB ? b.rows() : b.cols();
        if (inner != (transposeB ? b.cols() : b.rows())) {
            throw new IllegalArgumentException("a product of " + a + " and " + b + " does not fit");
        }
        out.requireShape(m, n);
    }

    static void row(Mat a, Mat row) {
        row.requireShape(1, a.cols());
    }

    static void same(Mat a, Mat b) {
        b.requireShape(a.rows(), a.cols());
    }

    static void decode(Codes codes, Mat dec, @Nullable Mat bias, Mat out) {
        dec.requireShape(codes.features(), out.cols());
        out.requireShape(codes.rows(), dec.cols());
        if (bias != null) {
            row(out, bias);
        }
    }

    static void entries(Codes codes, float[] values) {
        if (values.length < codes.entries()) {
            throw new IllegalArgumentException(values.length + " values for " + codes.entries() + " entries");
        }
    }

    static void select(Mat pre, Codes out, int k) {
        if (out.features() != pre.cols()) {
            throw new IllegalArgumentException("codes of " + out.features() + " features for " + pre);
        }
        if (k < 1) {
            throw new IllegalArgumentException("k is " + k);
        }
    }
}
