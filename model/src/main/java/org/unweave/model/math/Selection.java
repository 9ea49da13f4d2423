package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** Which pre-activations become codes, on the CPU. */
final class Selection {
    private static final int ROWS = 32;

    private Selection() {}

    /**
     * The k largest positive elements of each row.
     *
     * @param among the features that may be chosen, rising; null for all
     */
    static void topK(Team team, Mat preBF, int k, int @Nullable [] among, Codes out) {
        int rows = preBF.rows();
        int n = preBF.cols();
        out.reset(rows, Math.multiplyExact(rows, k));
        if (k == 0) {
            return;
        }
        int[] found = new int[rows];
        team.blocks(rows, ROWS, (from, to) -> {
            TopKSelector selector = new TopKSelector(k);
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                found[row] = among == null
                        ? selector.select(preBF.memory(), at, n, out.feature(), out.value(), row * k)
                        : selector.selectAmong(preBF.memory(), at, among, out.feature(), out.value(), row * k);
            }
        });
        closeGaps(out, found, k);
    }

    // Each row wrote to its own stretch of k entries; those that found fewer leave a gap.
    private static void closeGaps(Codes out, int[] found, int stretch) {
        int[] start = out.rowStart();
        for (int row = 0; row < found.length; row++) {
            int at = start[row];
            if (at != row * stretch) {
                System.arraycopy(out.feature(), row * stretch, out.feature(), at, found[row]);
                System.arraycopy(out.value(), row * stretch, out.value(), at, found[row]);
            }
            start[row + 1] = at + found[row];
        }
    }

    /** The largest positive elements of the whole matrix. */
    static void batchTopK(Mat preBF, int count, Codes out) {
        int n = preBF.cols();
        int rows = preBF.rows();
        int most = (int) Math.min(count, preBF.size());
        out.reset(rows, most);
        int found = new TopKSelector(most)
                .select(preBF.memory(), 0, Math.toIntExact(preBF.size()), out.feature(), out.value(), 0);
        int[] start = out.rowStart();
        for (int j = 0; j < found; j++) {
            int flat = out.feature()[j];
            out.feature()[j] = flat % n;
            start[flat / n + 1]++;
        }
        for (int row = 0; row < rows; row++) {
            start[row + 1] += start[row];
        }
    }

    /** All elements above the bound of their column. */
    static void above(Team team, Mat preBF, Mat bound1F, Codes out) {
        collect(team, preBF, bound1F, out);
    }

    /** All positive elements of each row. */
    static void positive(Team team, Mat preBF, Codes out) {
        collect(team, preBF, null, out);
    }

    private static void collect(Team team, Mat preBF, @Nullable Mat bound1F, Codes out) {
        int n = preBF.cols();
        int rows = preBF.rows();
        int[] count = new int[rows];
        team.blocks(rows, ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                count[row] = above(preBF.memory(), (long) row * n, bound1F, n, null, null, 0);
            }
        });
        int entries = 0;
        for (int c : count) {
            entries = Math.addExact(entries, c);
        }
        out.reset(rows, entries);
        for (int row = 0; row < rows; row++) {
            out.rowStart()[row + 1] = out.rowStart()[row] + count[row];
        }
        team.blocks(rows, ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                above(preBF.memory(), (long) row * n, bound1F, n, out.feature(), out.value(), out.rowStart()[row]);
            }
        });
    }

    private static int above(
            MemorySegment memory,
            long offset,
            @Nullable Mat bound1F,
            int n,
            int @Nullable [] feature,
            float @Nullable [] value,
            int at) {
        MemorySegment bounds = bound1F == null ? null : bound1F.memory();
        int found = 0;
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector vector = Simd.load(memory, offset + i);
            VectorMask<Float> above = bounds == null
                    ? vector.compare(VectorOperators.GT, 0f)
                    : vector.compare(VectorOperators.GT, Simd.load(bounds, i));
            if (feature != null && value != null) {
                int lane = 0;
                for (long lanes = above.toLong(); lanes != 0; lanes &= lanes - 1) {
                    int index = i + Long.numberOfTrailingZeros(lanes);
                    feature[at + found + lane] = index;
                    value[at + found + lane] = Simd.get(memory, offset + index);
                    lane++;
                }
            }
            found += above.trueCount();
        }
        for (; i < n; i++) {
            float element = Simd.get(memory, offset + i);
            if (element > (bounds == null ? 0 : Simd.get(bounds, i))) {
                if (feature != null && value != null) {
                    feature[at + found] = i;
                    value[at + found] = element;
                }
                found++;
            }
        }
        return found;
    }
}
