package org.unweave.model.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Where to cut positive numbers so that the largest of them stay: those above the bound, and the first {@code equal} of
 * those that equal it.
 *
 * <p>Positive floats are in the order of their bits, so bounds are searched for among the bits.
 */
record Cut(float bound, int equal) {
    private static final int HALF = 16;

    /**
     * The cut that leaves k of the first {@code size} values, which are positive, more than k, and not below {@code least}.
     *
     * <p>The array goes on to a whole vector at least; what is there is overwritten.
     */
    static Cut ofRow(float[] values, int size, int k, float least) {
        Arrays.fill(values, size, wholeVectors(size), 0f);
        int low = Float.floatToRawIntBits(least);
        int high = Float.floatToRawIntBits(Float.POSITIVE_INFINITY) + 1;
        // More than k are at or above low, and fewer at or above high.
        while (low + 1 < high) {
            int middle = (low + high) >>> 1;
            int found = countFrom(values, size, Float.intBitsToFloat(middle));
            if (found == k) {
                return new Cut(Float.intBitsToFloat(middle - 1), 0);
            }
            if (found > k) {
                low = middle;
            } else {
                high = middle;
            }
        }
        float bound = Float.intBitsToFloat(low);
        int above = high > Float.floatToRawIntBits(Float.POSITIVE_INFINITY)
                ? 0
                : countFrom(values, size, Float.intBitsToFloat(high));
        return new Cut(bound, k - above);
    }

    static int wholeVectors(int size) {
        return (size + Simd.LANES - 1) / Simd.LANES * Simd.LANES;
    }

    private static int countFrom(float[] values, int size, float bound) {
        int count = 0;
        for (int i = 0; i < size; i += Simd.LANES) {
            count += FloatVector.fromArray(Simd.SPECIES, values, i)
                    .compare(VectorOperators.GE, bound)
                    .trueCount();
        }
        return count;
    }

    /** The cut that leaves {@code count} of all entries, which are positive and more than that. */
    static Cut ofAll(RowLists lists, int count) {
        int[] bins = new int[1 << HALF];
        for (int row = 0; row < lists.rows(); row++) {
            float[] values = lists.value(row);
            for (int i = 0; i < lists.size(row); i++) {
                bins[Float.floatToRawIntBits(values[i]) >>> HALF]++;
            }
        }
        int left = count;
        int upper = bins.length - 1;
        while (bins[upper] < left) {
            left -= bins[upper--];
        }
        Arrays.fill(bins, 0);
        for (int row = 0; row < lists.rows(); row++) {
            float[] values = lists.value(row);
            for (int i = 0; i < lists.size(row); i++) {
                int bits = Float.floatToRawIntBits(values[i]);
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
