package org.unweave.model.math;

import org.unweave.model.math.TransformerOps.Heads;

/** The checks that every backend makes before it computes a transformer's kernel. */
final class TransformerShapes {
    private TransformerShapes() {}

    static void gather(Mat table, int[] ids, int first, Mat out) {
        out.requireShape(out.rows(), table.cols());
        indices(ids, first, out.rows(), table.rows(), "id");
    }

    static void rotate(Mat x, int heads, int[] positions, int first, Mat cosine, Mat sine) {
        Shapes.same(cosine, sine);
        if (heads < 1 || heads * 2L * cosine.cols() > x.cols()) {
            throw new IllegalArgumentException(heads + " heads of " + 2 * cosine.cols() + " columns in " + x);
        }
        indices(positions, first, x.rows(), cosine.rows(), "position");
    }

    static void attention(Mat qkv, int[] starts, Heads heads, Mat out) {
        qkv.requireShape(out.rows(), heads.columns());
        out.requireShape(out.rows(), heads.query() * heads.width());
        cover(starts, out.rows());
    }

    static void attention(Mat qkv, int[] starts, Mat keysValues, int[] keyStarts, Heads heads, Mat out) {
        attention(qkv, starts, heads, out);
        keysValues.requireShape(keysValues.rows(), 2 * heads.keyValue() * heads.width());
        cover(keyStarts, keysValues.rows());
        if (keyStarts.length != starts.length) {
            throw new IllegalArgumentException(
                    (starts.length - 1) + " sequences with the keys of " + (keyStarts.length - 1));
        }
        for (int n = 1; n < starts.length; n++) {
            if (keyStarts[n] - keyStarts[n - 1] < starts[n] - starts[n - 1]) {
                throw new IllegalArgumentException("sequence " + (n - 1) + " has fewer keys than rows");
            }
        }
    }

    private static void cover(int[] starts, int rows) {
        if (starts.length < 2 || starts[0] != 0 || starts[starts.length - 1] != rows) {
            throw new IllegalArgumentException("sequences do not cover the " + rows + " rows");
        }
        for (int n = 1; n < starts.length; n++) {
            if (starts[n] <= starts[n - 1]) {
                throw new IllegalArgumentException("sequence " + (n - 1) + " has no row");
            }
        }
    }

    static void halves(Mat both, Mat out) {
        both.requireShape(out.rows(), Math.multiplyExact(2, out.cols()));
    }

    static void crossEntropy(Mat logits, int[] targets, int first, float[] out) {
        indices(targets, first, logits.rows(), logits.cols(), "target");
        room(logits, first, out);
    }

    static void divergence(Mat p, Mat q, int first, float[] out) {
        Shapes.same(p, q);
        room(p, first, out);
    }

    private static void room(Mat logits, int first, float[] out) {
        if (first < 0 || first > out.length - logits.rows()) {
            throw new IllegalArgumentException(logits.rows() + " results from " + first + " on in " + out.length);
        }
    }

    private static void indices(int[] indices, int first, int count, int limit, String what) {
        if (first < 0 || first > indices.length - count) {
            throw new IllegalArgumentException(count + " rows from " + first + " on of " + indices.length);
        }
        for (int i = first; i < first + count; i++) {
            if (indices[i] < 0 || indices[i] >= limit) {
                throw new IllegalArgumentException(what + " " + indices[i] + " is not one of 0 to " + (limit - 1));
            }
        }
    }
}
