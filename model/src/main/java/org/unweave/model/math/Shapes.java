package org.unweave.model.math;

import java.util.List;
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
        codes(pre.cols(), out);
        atLeastOne("k", k);
    }

    private static void codes(int features, Codes out) {
        if (out.features() != features) {
            throw new IllegalArgumentException("codes of " + out.features() + " features for " + features);
        }
    }

    static void encode(Mat centred, Mat enc, Mat bias, List<Pick> picks) {
        if (centred.cols() != enc.cols()) {
            throw new IllegalArgumentException("a product of " + centred + " and " + enc + " does not fit");
        }
        bias.requireShape(1, enc.rows());
        for (Pick pick : picks) {
            codes(enc.rows(), pick.out());
            switch (pick) {
                case Pick.TopK(int k, Codes out) -> atLeastOne("k", k);
                case Pick.TopKAmong(FeatureSet features, int k, Codes out) -> {
                    atLeastOne("k", k);
                    if (features.size() > 0 && features.get(features.size() - 1) >= enc.rows()) {
                        throw new IllegalArgumentException("a feature beyond those of " + enc);
                    }
                }
                case Pick.BatchTopK(int count, Codes out) -> atLeastOne("count", count);
                case Pick.Positive(Codes out) -> {}
                case Pick.Above(Mat bound1F, Codes out) -> bound1F.requireShape(1, enc.rows());
            }
        }
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value);
        }
    }
}
