package org.unweave.model.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Vector loops over float memory. Offsets count elements. Sums run in a fixed order. */
final class Simd {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** Bytes of a cache line, and of the widest vector. */
    static final int LINE = 64;

    private static final VectorShuffle<Float>[] HALVES = halves();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private Simd() {}

    /** Zeros on whole cache lines: a vector that lies across two lines takes two loads. Goes when it is out of reach. */
    static MemorySegment aligned(long count) {
        return Arena.ofAuto().allocate(count * Float.BYTES, LINE);
    }

    static FloatVector load(MemorySegment memory, long offset) {
        return FloatVector.fromMemorySegment(SPECIES, memory, offset * Float.BYTES, ORDER);
    }

    static void store(FloatVector vector, MemorySegment memory, long offset) {
        vector.intoMemorySegment(memory, offset * Float.BYTES, ORDER);
    }

    static float get(MemorySegment memory, long offset) {
        return memory.get(FLOAT, offset * Float.BYTES);
    }

    static void set(MemorySegment memory, long offset, float value) {
        memory.set(FLOAT, offset * Float.BYTES, value);
    }

    /** The dot product of n elements. */
    static float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - 4 * LANES; i += 4 * LANES) {
            sum0 = load(a, aOffset + i).fma(load(b, bOffset + i), sum0);
            sum1 = load(a, aOffset + i + LANES).fma(load(b, bOffset + i + LANES), sum1);
            sum2 = load(a, aOffset + i + 2L * LANES).fma(load(b, bOffset + i + 2L * LANES), sum2);
            sum3 = load(a, aOffset + i + 3L * LANES).fma(load(b, bOffset + i + 3L * LANES), sum3);
        }
        for (; i <= n - LANES; i += LANES) {
            sum0 = load(a, aOffset + i).fma(load(b, bOffset + i), sum0);
        }
        float sum = sum(sum0.add(sum1).add(sum2.add(sum3)));
        for (; i < n; i++) {
            sum = Math.fma(get(a, aOffset + i), get(b, bOffset + i), sum);
        }
        return sum;
    }

    // Vector.reduceLanes leaves the order open, and the interpreter's is not the compiler's: a restarted JVM would not
    // repeat the bits. Halves are added to halves instead.
    static float sum(FloatVector vector) {
        FloatVector folded = vector;
        for (VectorShuffle<Float> half : HALVES) {
            folded = folded.add(folded.rearrange(half));
        }
        return folded.lane(0);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static VectorShuffle<Float>[] halves() {
        VectorShuffle<Float>[] halves = new VectorShuffle[Integer.numberOfTrailingZeros(LANES)];
        for (int i = 0; i < halves.length; i++) {
            int distance = LANES >> (i + 1);
            halves[i] = VectorShuffle.fromOp(SPECIES, lane -> lane < distance ? lane + distance : lane);
        }
        return halves;
    }

    /** {@code y += factor x}. */
    static void addScaled(float factor, MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(load(x, xOffset + i).fma(factor(factor), load(y, yOffset + i)), y, yOffset + i);
        }
        for (; i < n; i++) {
            set(y, yOffset + i, Math.fma(get(x, xOffset + i), factor, get(y, yOffset + i)));
        }
    }

    /** {@code out = a - b}. */
    static void subtract(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment out, long outOffset, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(load(a, aOffset + i).sub(load(b, bOffset + i)), out, outOffset + i);
        }
        for (; i < n; i++) {
            set(out, outOffset + i, get(a, aOffset + i) - get(b, bOffset + i));
        }
    }

    /** {@code a *= factor}. */
    static void scale(MemorySegment a, long offset, float factor, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            store(load(a, offset + i).mul(factor), a, offset + i);
        }
        for (; i < n; i++) {
            set(a, offset + i, get(a, offset + i) * factor);
        }
    }

    /**
     * {@code out += sum_j factor[j] source[row[j]]} over j in from..to, in that order, n elements a row. Four rows of the
     * source are read at a time, each from end to end.
     */
    static void addRows(
            int[] row,
            float[] factor,
            int from,
            int to,
            MemorySegment source,
            MemorySegment out,
            long outOffset,
            int n) {
        int j = from;
        for (; j <= to - 4; j += 4) {
            addFourRows(row, factor, j, source, out, outOffset, n);
        }
        for (; j < to; j++) {
            addScaled(factor[j], source, (long) row[j] * n, out, outOffset, n);
        }
    }

    private static void addFourRows(
            int[] row, float[] factor, int j, MemorySegment source, MemorySegment out, long outOffset, int n) {
        long row0 = (long) row[j] * n;
        long row1 = (long) row[j + 1] * n;
        long row2 = (long) row[j + 2] * n;
        long row3 = (long) row[j + 3] * n;
        FloatVector factor0 = factor(factor[j]);
        FloatVector factor1 = factor(factor[j + 1]);
        FloatVector factor2 = factor(factor[j + 2]);
        FloatVector factor3 = factor(factor[j + 3]);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            FloatVector sum = load(source, row0 + i).fma(factor0, load(out, outOffset + i));
            sum = load(source, row1 + i).fma(factor1, sum);
            sum = load(source, row2 + i).fma(factor2, sum);
            store(load(source, row3 + i).fma(factor3, sum), out, outOffset + i);
        }
        for (; i < n; i++) {
            float sum = Math.fma(get(source, row0 + i), factor[j], get(out, outOffset + i));
            sum = Math.fma(get(source, row1 + i), factor[j + 1], sum);
            sum = Math.fma(get(source, row2 + i), factor[j + 2], sum);
            set(out, outOffset + i, Math.fma(get(source, row3 + i), factor[j + 3], sum));
        }
    }

    /** {@code out[j] += a . source[row[j]]} over j in from..to, n elements a row. */
    static void addDots(
            int[] row, int from, int to, MemorySegment source, MemorySegment a, long aOffset, float[] out, int n) {
        int j = from;
        for (; j <= to - 4; j += 4) {
            addFourDots(row, j, source, a, aOffset, out, n);
        }
        for (; j < to; j++) {
            out[j] += plainDot(a, aOffset, source, (long) row[j] * n, n);
        }
    }

    private static void addFourDots(
            int[] row, int j, MemorySegment source, MemorySegment a, long aOffset, float[] out, int n) {
        long row0 = (long) row[j] * n;
        long row1 = (long) row[j + 1] * n;
        long row2 = (long) row[j + 2] * n;
        long row3 = (long) row[j + 3] * n;
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            FloatVector other = load(a, aOffset + i);
            sum0 = load(source, row0 + i).fma(other, sum0);
            sum1 = load(source, row1 + i).fma(other, sum1);
            sum2 = load(source, row2 + i).fma(other, sum2);
            sum3 = load(source, row3 + i).fma(other, sum3);
        }
        float dot0 = sum(sum0);
        float dot1 = sum(sum1);
        float dot2 = sum(sum2);
        float dot3 = sum(sum3);
        for (; i < n; i++) {
            float other = get(a, aOffset + i);
            dot0 = Math.fma(get(source, row0 + i), other, dot0);
            dot1 = Math.fma(get(source, row1 + i), other, dot1);
            dot2 = Math.fma(get(source, row2 + i), other, dot2);
            dot3 = Math.fma(get(source, row3 + i), other, dot3);
        }
        out[j] += dot0;
        out[j + 1] += dot1;
        out[j + 2] += dot2;
        out[j + 3] += dot3;
    }

    // As each of the four above: an entry's bits do not depend on its place in the row.
    private static float plainDot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
        FloatVector sums = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            sums = load(b, bOffset + i).fma(load(a, aOffset + i), sums);
        }
        float sum = sum(sums);
        for (; i < n; i++) {
            sum = Math.fma(get(b, bOffset + i), get(a, aOffset + i), sum);
        }
        return sum;
    }

    private static FloatVector factor(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
