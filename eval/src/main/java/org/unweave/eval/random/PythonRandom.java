package org.unweave.eval.random;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * CPython's module {@code random}, seeded by an integer: the Mersenne Twister, and numbers below a bound by as many bits
 * as the bound has, drawn until they are below it.
 */
public final class PythonRandom {
    // Up to this many elements a list of them is smaller than a set of those drawn.
    private static final int SMALL = 21;

    private final MersenneTwister twister;

    /** {@code seed(seed)}; a negative seed is as its positive, in CPython too. */
    public PythonRandom(long seed) {
        long size = Math.absExact(seed);
        int low = (int) size;
        int high = (int) (size >>> 32);
        this.twister = new MersenneTwister(high == 0 ? new int[] {low} : new int[] {low, high});
    }

    /** {@code randrange(bound)}: 0 to the bound, exclusive. */
    int below(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("no number is below " + bound + " and not below 0");
        }
        int unused = Integer.numberOfLeadingZeros(bound);
        int value = twister.word() >>> unused;
        while (value >= bound) {
            value = twister.word() >>> unused;
        }
        return value;
    }

    /** {@code shuffle(list)}, in place. */
    public void shuffle(List<?> elements) {
        Orders.shuffle(elements, last -> below(last + 1));
    }

    /** {@code sample(list, count)}: elements at different places, in the order they were drawn. */
    public <T> List<T> sample(List<T> elements, int count) {
        if (count < 0 || count > elements.size()) {
            throw new IllegalArgumentException(count + " of " + elements.size() + ", none twice");
        }
        return elements.size() <= setSize(count) ? fromPool(elements, count) : byRejection(elements, count);
    }

    // CPython's estimate of what a set of the drawn would take: the next power of four above three times their number.
    private static long setSize(int count) {
        long size = SMALL;
        if (count > 5) {
            long power = 4;
            while (power < 3L * count) {
                power *= 4;
            }
            size += power;
        }
        return size;
    }

    private <T> List<T> fromPool(List<T> elements, int count) {
        List<T> pool = new ArrayList<>(elements);
        List<T> drawn = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = below(pool.size());
            T last = pool.removeLast();
            drawn.add(at == pool.size() ? last : pool.set(at, last));
        }
        return drawn;
    }

    private <T> List<T> byRejection(List<T> elements, int count) {
        Set<Integer> places = new HashSet<>();
        List<T> drawn = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int place = below(elements.size());
            while (!places.add(place)) {
                place = below(elements.size());
            }
            drawn.add(elements.get(place));
        }
        return drawn;
    }
}
