package org.unweave.model.math;

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

    private static final VectorShuffle<Float>[] HALVES = halves();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private Simd() {}

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
     * {@code out += sum_j coefficient[which[j]] source[rowOf[which[j]]]} over j in from..to, n elements a row; the parts
     * of out stay in registers while the rows are gone through.
     */
    static void addRows(
            int[] rowOf,
            int[] which,
            float[] coefficient,
            int from,
            int to,
            MemorySegment source,
            MemorySegment out,
            long outOffset,
            int n) {
        int i = 0;
        for (; i <= n - 4 * LANES; i += 4 * LANES) {
            FloatVector sum0 = load(out, outOffset + i);
            FloatVector sum1 = load(out, outOffset + i + LANES);
            FloatVector sum2 = load(out, outOffset + i + 2L * LANES);
            FloatVector sum3 = load(out, outOffset + i + 3L * LANES);
            for (int j = from; j < to; j++) {
                int entry = which[j];
                long row = (long) rowOf[entry] * n + i;
                FloatVector factor = factor(coefficient[entry]);
                sum0 = load(source, row).fma(factor, sum0);
                sum1 = load(source, row + LANES).fma(factor, sum1);
                sum2 = load(source, row + 2L * LANES).fma(factor, sum2);
                sum3 = load(source, row + 3L * LANES).fma(factor, sum3);
            }
            store(sum0, out, outOffset + i);
            store(sum1, out, outOffset + i + LANES);
            store(sum2, out, outOffset + i + 2L * LANES);
            store(sum3, out, outOffset + i + 3L * LANES);
        }
        for (; i <= n - LANES; i += LANES) {
            FloatVector sum = load(out, outOffset + i);
            for (int j = from; j < to; j++) {
                int entry = which[j];
                sum = load(source, (long) rowOf[entry] * n + i).fma(factor(coefficient[entry]), sum);
            }
            store(sum, out, outOffset + i);
        }
        for (; i < n; i++) {
            float sum = get(out, outOffset + i);
            for (int j = from; j < to; j++) {
                int entry = which[j];
                sum = Math.fma(get(source, (long) rowOf[entry] * n + i), coefficient[entry], sum);
            }
            set(out, outOffset + i, sum);
        }
    }

    private static FloatVector factor(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
