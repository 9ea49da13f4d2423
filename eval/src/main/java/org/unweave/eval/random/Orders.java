package org.unweave.eval.random;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;

/** What NumPy and CPython do alike: the shuffle from the last element to the first. */
final class Orders {
    private Orders() {}

    /** @param draw a number from 0 to its argument, inclusive */
    static void shuffle(List<?> elements, IntUnaryOperator draw) {
        for (int last = elements.size() - 1; last > 0; last--) {
            Collections.swap(elements, last, draw.applyAsInt(last));
        }
    }

    /** As {@link #shuffle}, of the numbers below the count. */
    static int[] permutation(int count, IntUnaryOperator draw) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int last = count - 1; last > 0; last--) {
            int other = draw.applyAsInt(last);
            int element = order[last];
            order[last] = order[other];
            order[other] = element;
        }
        return order;
    }

    /** NumPy's {@code random_interval}: words cut to the bits of the bound, until one is not above it. */
    static int upTo(int bound, IntSupplier words) {
        int mask = bound == 0 ? 0 : -1 >>> Integer.numberOfLeadingZeros(bound);
        int value = words.getAsInt() & mask;
        while (value > bound) {
            value = words.getAsInt() & mask;
        }
        return value;
    }
}
