package org.unweave.model.math;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Where to cut positive numbers so that the largest of them stay: those above the bound, and the first {@code equal} of
 * those that equal it.
 *
 * <p>Positive floats are in the order of their bits, so bounds are searched for among the bits.
 */
record Cut(float bound, int equal) {
    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int HALF = 16;

    /**
     * The cut that leaves k of the values from {@code start} on, of which there are {@code size}: more than k, positive,
     * k or more of them at or above {@code least}.
     *
     * <p>They must be followed by zeros up to a whole vector.
     */
    static Cut ofRow(float[] values, int start, int size, int k, float least) {
        // At least k are at or above low, and fewer at or above high.
        int low = Float.floatToRawIntBits(least);
        int high = INFINITY + 1;
        while (low + 1 < high) {
            int middle = (low + high) >>> 1;
            int found = countFrom(values, start, size, Float.intBitsToFloat(middle));
            if (found == k) {
                return new Cut(Float.intBitsToFloat(middle - 1), 0);
            }
            if (found > k) {
                low = middle;
            } else {
                high = middle;
            }
        }
        int above = high > INFINITY ? 0 : countFrom(values, start, size, Float.intBitsToFloat(high));
        return new Cut(Float.intBitsToFloat(low), k - above);
    }

    private static int countFrom(float[] values, int start, int size, float bound) {
        int count = 0;
        for (int i = 0; i < size; i += Simd.LANES) {
            count += FloatVector.fromArray(Simd.SPECIES, values, start + i)
                    .compare(VectorOperators.GE, bound)
                    .trueCount();
        }
        return count;
    }

    /** The cut that leaves {@code count} of all hits, which are positive and more than that. */
    static Cut ofAll(List<Hits> hits, int count) {
        int[] bins = new int[1 << HALF];
        for (Hits some : hits) {
            for (int i = 0; i < some.size(); i++) {
                bins[Float.floatToRawIntBits(some.value()[i]) >>> HALF]++;
            }
        }
        int left = count;
        int upper = bins.length - 1;
        while (bins[upper] < left) {
            left -= bins[upper--];
        }
        Arrays.fill(bins, 0);
        for (Hits some : hits) {
            for (int i = 0; i < some.size(); i++) {
                int bits = Float.floatToRawIntBits(some.value()[i]);
                if (bits >>> HALF == upper) {
                    bins[bits & ((1 << HALF) - 1)]++;
                }
            }
        }
        int lower = bins.length - 1;
        while (bins[lower] < left) {
            left -= bins[lower--];
        }
        return new Cut(Float.intBitsToFloat(upper << HALF | lower), left);
    }
}
