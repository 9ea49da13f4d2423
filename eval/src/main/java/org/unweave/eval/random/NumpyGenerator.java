package org.unweave.eval.random;

import java.util.List;

/**
 * NumPy's {@code default_rng(seed)}: PCG64, seeded by a {@code SeedSequence}. PCG64 is a linear congruential generator of
 * 128 bits with the output XSL-RR: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms
 * for Random Number Generation", HMC-CS-2014-0905. Shuffles take its 32-bit halves by masking and rejection.
 */
public final class NumpyGenerator {
    private static final long MULTIPLIER_HIGH = 0x2360ed051fc65da4L;
    private static final long MULTIPLIER_LOW = 0x4385df649fccf645L;

    private final long incrementHigh;
    private final long incrementLow;
    private long high;
    private long low;
    private long spare;
    private boolean hasSpare;

    /** @param seed at least 0 */
    public NumpyGenerator(long seed) {
        if (seed < 0) {
            throw new IllegalArgumentException("NumPy takes no negative seed: " + seed);
        }
        long[] words = new SeedSequence(seed).words(4);
        this.incrementHigh = words[2] << 1 | words[3] >>> 63;
        this.incrementLow = words[3] << 1 | 1;
        step();
        add(words[0], words[1]);
        step();
    }

    /** {@code shuffle(list)}, in place. */
    public void shuffle(List<?> elements) {
        Orders.shuffle(elements, last -> Orders.upTo(last, this::word));
    }

    /** The next 32 bits; a 64-bit output gives its lower half first. */
    private int word() {
        if (hasSpare) {
            hasSpare = false;
            return (int) (spare >>> 32);
        }
        spare = bits();
        hasSpare = true;
        return (int) spare;
    }

    private long bits() {
        step();
        return Long.rotateRight(high ^ low, (int) (high >>> 58));
    }

    private void step() {
        long productHigh =
                Math.unsignedMultiplyHigh(low, MULTIPLIER_LOW) + high * MULTIPLIER_LOW + low * MULTIPLIER_HIGH;
        low *= MULTIPLIER_LOW;
        high = productHigh;
        add(incrementHigh, incrementLow);
    }

    private void add(long otherHigh, long otherLow) {
        low += otherLow;
        high += otherHigh + (Long.compareUnsigned(low, otherLow) < 0 ? 1 : 0);
    }
}
