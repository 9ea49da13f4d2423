package org.unweave.eval.random;

/**
 * The generator MT19937, which NumPy's legacy generator, CPython and PyTorch have in common: Matsumoto and Nishimura,
 * "Mersenne Twister", ACM TOMACS 8, 1998. They differ in how they seed it and in what they make of its words.
 */
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final int UPPER = 0x80000000;
    private static final int TWIST = 0x9908b0df;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    /** Seeded by one word, as {@code init_genrand}. */
    MersenneTwister(int seed) {
        state[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** Seeded by at least one word and fewer than 624, as {@code init_by_array}. */
    MersenneTwister(int[] key) {
        this(19650218);
        int at = 1;
        for (int i = 0; i < SIZE; i++) {
            int word = i % key.length;
            state[at] = (state[at] ^ (mixed(at) * 1664525)) + key[word] + word;
            at = following(at);
        }
        for (int i = 1; i < SIZE; i++) {
            state[at] = (state[at] ^ (mixed(at) * 1566083941)) - at;
            at = following(at);
        }
        state[0] = UPPER;
    }

    private int mixed(int at) {
        return state[at - 1] ^ (state[at - 1] >>> 30);
    }

    private int following(int at) {
        if (at + 1 < SIZE) {
            return at + 1;
        }
        state[0] = state[SIZE - 1];
        return 1;
    }

    /** The next 32 bits. */
    int word() {
        if (next == SIZE) {
            twist();
        }
        int y = state[next];
        next++;
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int y = (state[i] & UPPER) | (state[(i + 1) % SIZE] & ~UPPER);
            state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : TWIST);
        }
        next = 0;
    }
}
