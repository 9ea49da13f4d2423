package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums of a batch's rows for each feature, all of a feature's work done while its row is in the nearest cache. */
final class FeatureSums {
    private static final int FEATURES = 64;

    private final FeatureRows part;
    private final int[] start;
    private final int[] byFeature;
    private final int[] rowOf;

    private FeatureSums(FeatureRows part) {
        this.part = part;
        this.start = part.codes().featureStart();
        this.byFeature = part.codes().byFeature();
        this.rowOf = part.codes().rowOf();
    }

    /** Adds a part to what is there. */
    static void add(Team team, FeatureRows part, Mat outFD) {
        FeatureSums sums = new FeatureSums(part);
        team.blocks(outFD.rows(), FEATURES, (from, to) -> {
            Entries entries = new Entries();
            for (int feature = from; feature < to; feature++) {
                sums.add(feature, entries, outFD);
            }
        });
    }

    /** As {@link Ops#featureRows}. */
    static double write(Team team, List<FeatureRows> parts, @Nullable Mat alongFD, Mat outFD) {
        List<FeatureSums> sums = parts.stream().map(FeatureSums::new).toList();
        double[] squares = new double[(outFD.rows() + FEATURES - 1) / FEATURES];
        team.blocks(outFD.rows(), FEATURES, (from, to) -> {
            Entries entries = new Entries();
            double square = 0;
            for (int feature = from; feature < to; feature++) {
                square += write(sums, feature, entries, alongFD, outFD);
            }
            squares[from / FEATURES] = square;
        });
        double sum = 0;
        for (double square : squares) {
            sum += square;
        }
        return sum;
    }

    private static double write(
            List<FeatureSums> sums, int feature, Entries entries, @Nullable Mat alongFD, Mat outFD) {
        int n = outFD.cols();
        long at = (long) feature * n;
        MemorySegment out = outFD.memory();
        out.asSlice(at * Float.BYTES, (long) n * Float.BYTES).fill((byte) 0);
        boolean any = false;
        for (FeatureSums part : sums) {
            any |= part.add(feature, entries, outFD);
        }
        if (!any) {
            return 0;
        }
        if (alongFD != null) {
            removeParallel(out, alongFD.memory(), at, n);
        }
        return Simd.dot(out, at, out, at, n);
    }

    /** Takes from a row its part along the same row of other memory; nothing along a row of zeros. */
    static void removeParallel(MemorySegment out, MemorySegment along, long at, int n) {
        float product = Simd.dot(out, at, along, at, n);
        if (product != 0) {
            float square = Simd.dot(along, at, along, at, n);
            Simd.addScaled(-product / square, along, at, out, at, n);
        }
    }

    private boolean add(int feature, Entries entries, Mat outFD) {
        int from = start[feature];
        int count = start[feature + 1] - from;
        if (count == 0) {
            return false;
        }
        entries.gather(this, from, count);
        int n = outFD.cols();
        Simd.addRows(
                entries.row, entries.factor, 0, count, part.rowsBD().memory(), outFD.memory(), (long) feature * n, n);
        return true;
    }

    /** The rows of one feature and their coefficients, side by side. */
    private static final class Entries {
        private int[] row = new int[64];
        private float[] factor = new float[64];

        private void gather(FeatureSums sums, int from, int count) {
            if (row.length < count) {
                row = new int[2 * count];
                factor = new float[2 * count];
            }
            float[] coefficient = sums.part.coefficient();
            for (int i = 0; i < count; i++) {
                int entry = sums.byFeature[from + i];
                row[i] = sums.rowOf[entry];
                factor[i] = coefficient[entry];
            }
        }
    }
}
