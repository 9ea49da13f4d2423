package org.unweave.eval.random;

import java.util.Arrays;

/**
 * NumPy's legacy generator, {@code numpy.random.RandomState}: the Mersenne Twister, and numbers below a bound by masking
 * and rejection. Its stream is frozen by NumPy's policy (NEP 19).
 */
public final class NumpyRandomState {
    private final MersenneTwister twister;

    /** @param seed 0 to 2^32 - 1 */
    public NumpyRandomState(long seed) {
        if (seed < 0 || seed > 0xffffffffL) {
            throw new IllegalArgumentException("NumPy takes seeds from 0 to 4294967295, not " + seed);
        }
        this.twister = new MersenneTwister((int) seed);
    }

    /** {@code permutation(count)}: 0 to count, exclusive, in random order. */
    int[] permutation(int count) {
        return Orders.permutation(count, last -> Orders.upTo(last, twister::word));
    }

    /**
     * {@code choice(population, count, replace=False)}: numbers below the population, none twice. Also the rows that
     * pandas's {@code sample(n=count, random_state=seed)} takes, in its order.
     */
    public int[] choice(int population, int count) {
        if (count < 0 || count > population) {
            throw new IllegalArgumentException(count + " of " + population + ", none twice");
        }
        return Arrays.copyOf(permutation(population), count);
    }
}
