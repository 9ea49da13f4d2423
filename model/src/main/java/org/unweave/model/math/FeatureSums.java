package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
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
        team.blocks(outFD.rows(), FEATURES, (from, to) -> {
            float[] sum = new float[STRETCH];
            double square = 0;
            for (int feature = from; feature < to; feature++) {
                square += write(used, feature, stretch, sum, outFD);
            }
            squares[at + from / FEATURES] = square;
        });
    }

    private static double write(List<Part> used, int feature, int stretch, float[] sum, Mat outFD) {
        Arrays.fill(sum, 0f);
        for (Part part : used) {
            part.add(feature, sum);
        }
        int column = stretch * STRETCH;
        int count = Math.min(STRETCH, outFD.cols() - column);
        MemorySegment.copy(
                sum, 0, outFD.memory(), Mat.FLOAT, ((long) feature * outFD.cols() + column) * Float.BYTES, count);
        FloatVector square = FloatVector.zero(Simd.SPECIES);
        for (int i = 0; i < STRETCH; i += Simd.LANES) {
            FloatVector values = FloatVector.fromArray(Simd.SPECIES, sum, i);
            square = values.fma(values, square);
        }
        return Simd.sum(square);
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
        private float[] packed = new float[0];

        private void begin(Team team, FeatureRows part) {
            Codes codes = part.codes();
            rowsBD = part.rowsBD();
            start = codes.featureStart();
            row = codes.rowByFeature();
            factor = codes.roomFor(factor);
            int size = Math.multiplyExact(part.rowsBD().rows(), STRETCH);
            if (packed.length < size) {
                packed = new float[size];
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
                    int at = b * STRETCH;
                    MemorySegment.copy(
                            rows.memory(), Mat.FLOAT, ((long) b * n + column) * Float.BYTES, packed, at, count);
                    Arrays.fill(packed, at + count, at + STRETCH, 0f);
                }
            });
        }

        private void add(int feature, float[] sum) {
            add(packed, row, factor, start[feature], start[feature + 1], sum);
        }

        private static void add(float[] packed, int[] row, float[] factor, int from, int to, float[] sum) {
            FloatVector sum0 = load(sum, 0);
            FloatVector sum1 = load(sum, Simd.LANES);
            FloatVector sum2 = load(sum, 2 * Simd.LANES);
            FloatVector sum3 = load(sum, 3 * Simd.LANES);
            for (int i = from; i < to; i++) {
                int at = row[i] * STRETCH;
                FloatVector times = FloatVector.broadcast(Simd.SPECIES, factor[i]);
                sum0 = load(packed, at).fma(times, sum0);
                sum1 = load(packed, at + Simd.LANES).fma(times, sum1);
                sum2 = load(packed, at + 2 * Simd.LANES).fma(times, sum2);
                sum3 = load(packed, at + 3 * Simd.LANES).fma(times, sum3);
            }
            sum0.intoArray(sum, 0);
            sum1.intoArray(sum, Simd.LANES);
            sum2.intoArray(sum, 2 * Simd.LANES);
            sum3.intoArray(sum, 3 * Simd.LANES);
        }

        private static FloatVector load(float[] values, int at) {
            return FloatVector.fromArray(Simd.SPECIES, values, at);
        }

        private long bytes() {
            return 4L * (factor.length + packed.length);
        }
    }
}
