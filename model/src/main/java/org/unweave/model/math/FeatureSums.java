package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Sums of a batch's rows for each feature.
 *
 * <p>Each row of the batch is read once for each of its entries, so it is cut into stretches of columns: one stretch of
 * all rows, packed, fits the second-level cache, and all features are gone through stretch by stretch.
 */
final class FeatureSums {
    private static final int STRETCH = 4 * Simd.LANES;
    private static final int FEATURES = 256;
    private static final int ROWS = 64;
    private static final int PACKED_ROWS = 512;

    private final Team team;
    private final List<Part> parts = new ArrayList<>();

    FeatureSums(Team team) {
        this.team = team;
    }

    /** As {@link Ops#featureRows}. */
    double write(List<FeatureRows> wanted, @Nullable Mat alongFD, Mat outFD) {
        while (parts.size() < wanted.size()) {
            parts.add(new Part());
        }
        List<Part> used = parts.subList(0, wanted.size());
        for (int i = 0; i < used.size(); i++) {
            used.get(i).begin(team, wanted.get(i));
        }
        int blocks = (outFD.rows() + FEATURES - 1) / FEATURES;
        int stretches = (outFD.cols() + STRETCH - 1) / STRETCH;
        double[] squares = new double[blocks * stretches];
        for (int stretch = 0; stretch < stretches; stretch++) {
            for (Part part : used) {
                part.pack(team, stretch);
            }
            write(used, stretch, outFD, squares, stretch * blocks);
        }
        used.forEach(Part::end);
        return alongFD == null ? sum(squares) : removeParallel(alongFD, outFD);
    }

    private void write(List<Part> used, int stretch, Mat outFD, double[] squares, int at) {
        int column = stretch * STRETCH;
        int count = Math.min(STRETCH, outFD.cols() - column);
        boolean direct = count == STRETCH;
        Part[] all = used.toArray(new Part[0]);
        team.blocks(outFD.rows(), FEATURES, (from, to) -> {
            MemorySegment sum = direct ? outFD.memory() : Simd.aligned(STRETCH);
            double square = 0;
            for (int feature = from; feature < to; feature++) {
                long start = (long) feature * outFD.cols() + column;
                square += write(all, feature, sum, direct ? start : 0);
                if (!direct) {
                    MemorySegment.copy(sum, 0, outFD.memory(), start * Float.BYTES, (long) count * Float.BYTES);
                }
            }
            squares[at + from / FEATURES] = square;
        });
    }

    // One method for all parts, so that the sums stay in registers.
    private static double write(Part[] parts, int feature, MemorySegment out, long start) {
        FloatVector sum0 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum1 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum2 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum3 = FloatVector.zero(Simd.SPECIES);
        for (Part part : parts) {
            MemorySegment packed = part.packed;
            int[] row = part.row;
            float[] factor = part.factor;
            int to = part.start[feature + 1];
            for (int i = part.start[feature]; i < to; i++) {
                long at = (long) row[i] * STRETCH;
                FloatVector times = FloatVector.broadcast(Simd.SPECIES, factor[i]);
                sum0 = Simd.load(packed, at).fma(times, sum0);
                sum1 = Simd.load(packed, at + Simd.LANES).fma(times, sum1);
                sum2 = Simd.load(packed, at + 2L * Simd.LANES).fma(times, sum2);
                sum3 = Simd.load(packed, at + 3L * Simd.LANES).fma(times, sum3);
            }
        }
        Simd.store(sum0, out, start);
        Simd.store(sum1, out, start + Simd.LANES);
        Simd.store(sum2, out, start + 2L * Simd.LANES);
        Simd.store(sum3, out, start + 3L * Simd.LANES);
        FloatVector square = sum0.mul(sum0);
        square = sum1.fma(sum1, square);
        square = sum2.fma(sum2, square);
        return Simd.sum(sum3.fma(sum3, square));
    }

    /** As {@link Ops#finishRows}. */
    double removeParallel(Mat alongFD, Mat outFD) {
        int n = outFD.cols();
        MemorySegment out = outFD.memory();
        double[] squares = new double[(outFD.rows() + ROWS - 1) / ROWS];
        team.blocks(outFD.rows(), ROWS, (from, to) -> {
            for (int feature = from; feature < to; feature++) {
                long at = (long) feature * n;
                removeParallel(out, alongFD.memory(), at, n);
                squares[from / ROWS] += Simd.dot(out, at, out, at, n);
            }
        });
        return sum(squares);
    }

    /** Takes from a row its part along the same row of other memory; nothing along a row of zeros. */
    static void removeParallel(MemorySegment out, MemorySegment along, long at, int n) {
        float product = Simd.dot(out, at, along, at, n);
        if (product != 0) {
            float square = Simd.dot(along, at, along, at, n);
            Simd.addScaled(-product / square, along, at, out, at, n);
        }
    }

    /** As {@link Ops#addFeatureRows}. */
    void add(FeatureRows wanted, Mat outFD) {
        Codes codes = wanted.codes();
        int[] start = codes.featureStart();
        int[] byFeature = codes.byFeature();
        int[] row = codes.rowByFeature();
        int n = outFD.cols();
        team.blocks(codes.features(), ROWS, (from, to) -> {
            for (int feature = from; feature < to; feature++) {
                for (int i = start[feature]; i < start[feature + 1]; i++) {
                    Simd.addScaled(
                            wanted.factor() * wanted.coefficient()[byFeature[i]],
                            wanted.rowsBD().memory(),
                            (long) row[i] * n,
                            outFD.memory(),
                            (long) feature * n,
                            n);
                }
            }
        });
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** What is held between calls. */
    long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    /** A part, its factors in order of the features, and one stretch of its rows. */
    private static final class Part {
        private @Nullable Mat rowsBD;
        private int[] start = new int[0];
        private int[] row = new int[0];
        private float[] factor = new float[0];
        private MemorySegment packed = MemorySegment.NULL;

        private void begin(Team team, FeatureRows part) {
            Codes codes = part.codes();
            rowsBD = part.rowsBD();
            start = codes.featureStart();
            row = codes.rowByFeature();
            factor = codes.roomFor(factor);
            long size = (long) part.rowsBD().rows() * STRETCH;
            if (packed.byteSize() < size * Float.BYTES) {
                packed = Simd.aligned(size);
            }
            int[] byFeature = codes.byFeature();
            float[] coefficient = part.coefficient();
            team.blocks(codes.entries(), 16 * 1024, (from, to) -> {
                for (int i = from; i < to; i++) {
                    factor[i] = part.factor() * coefficient[byFeature[i]];
                }
            });
        }

        // What is the batch's is not held.
        private void end() {
            rowsBD = null;
            start = new int[0];
            row = new int[0];
        }

        private void pack(Team team, int stretch) {
            Mat rows = Objects.requireNonNull(rowsBD);
            int n = rows.cols();
            int column = stretch * STRETCH;
            int count = Math.min(STRETCH, n - column);
            team.blocks(rows.rows(), PACKED_ROWS, (from, to) -> {
                for (int b = from; b < to; b++) {
                    long at = (long) b * STRETCH * Float.BYTES;
                    long bytes = (long) count * Float.BYTES;
                    MemorySegment.copy(rows.memory(), ((long) b * n + column) * Float.BYTES, packed, at, bytes);
                    packed.asSlice(at + bytes, (long) (STRETCH - count) * Float.BYTES)
                            .fill((byte) 0);
                }
            });
        }

        private long bytes() {
            return (long) factor.length * Float.BYTES + packed.byteSize();
        }
    }
}
