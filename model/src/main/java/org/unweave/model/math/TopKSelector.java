package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Finds the k largest positive elements of a row in one pass and without a full sort.
 *
 * <p>Elements above a rising bar are collected; when the buffer is full it is cut back to its k largest, and the bar
 * becomes the least of them. An element is packed as (bits of its value, bits of its index turned over), so that the
 * order of the packed numbers is that of the values, and of equal values the lower index is the larger.
 */
final class TopKSelector {
    private final int k;
    private final long[] buffer;
    private int size;
    private float bar;

    TopKSelector(int k) {
        this.k = k;
        this.buffer = new long[Math.max(4 * k, k + 4 * Simd.LANES)];
    }

    /**
     * Writes the features, rising, and the values of the k largest positive elements, or of as many as there are, and
     * returns how many.
     */
    int select(MemorySegment memory, long offset, int n, int[] feature, float[] value, int at) {
        size = 0;
        bar = 0;
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector vector = Simd.load(memory, offset + i);
            VectorMask<Float> above = vector.compare(VectorOperators.GT, bar);
            if (!above.anyTrue()) {
                continue;
            }
            for (long lanes = above.toLong(); lanes != 0; lanes &= lanes - 1) {
                int index = i + Long.numberOfTrailingZeros(lanes);
                offer(Simd.get(memory, offset + index), index);
            }
        }
        for (; i < n; i++) {
            offer(Simd.get(memory, offset + i), i);
        }
        return finish(feature, value, at);
    }

    /** As above, among the given features. */
    int selectAmong(MemorySegment memory, long offset, int[] features, int[] feature, float[] value, int at) {
        size = 0;
        bar = 0;
        for (int index : features) {
            offer(Simd.get(memory, offset + index), index);
        }
        return finish(feature, value, at);
    }

    private void offer(float candidate, int index) {
        if (!(candidate > bar)) {
            return;
        }
        buffer[size++] = ((long) Float.floatToRawIntBits(candidate) << 32) | (~index & 0xFFFFFFFFL);
        if (size == buffer.length) {
            keepLargest();
            bar = Float.intBitsToFloat((int) (buffer[0] >>> 32));
            for (int j = 1; j < k; j++) {
                bar = Math.min(bar, Float.intBitsToFloat((int) (buffer[j] >>> 32)));
            }
        }
    }

    private int finish(int[] feature, float[] value, int at) {
        if (size > k) {
            keepLargest();
        }
        for (int j = 0; j < size; j++) {
            long packed = buffer[j];
            buffer[j] = ((~packed & 0xFFFFFFFFL) << 32) | (packed >>> 32);
        }
        Arrays.sort(buffer, 0, size);
        for (int j = 0; j < size; j++) {
            feature[at + j] = (int) (buffer[j] >>> 32);
            value[at + j] = Float.intBitsToFloat((int) buffer[j]);
        }
        return size;
    }

    // Quickselect with the median of three: the k largest come to the front.
    private void keepLargest() {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            long pivot = medianOfThree(buffer[low], buffer[(low + high) >>> 1], buffer[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (buffer[i] > pivot) {
                    i++;
                }
                while (buffer[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    long swap = buffer[i];
                    buffer[i++] = buffer[j];
                    buffer[j--] = swap;
                }
            }
            if (k - 1 <= j) {
                high = j;
            } else if (k - 1 >= i) {
                low = i;
            } else {
                break;
            }
        }
        size = k;
    }

    private static long medianOfThree(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
