package org.unweave.eval.random;

/**
 * NumPy's {@code SeedSequence}: spreads a seed over a pool of four words and reads a generator's state out of it. After
 * O'Neill, "Developing a seed_seq Alternative", 2015.
 */
final class SeedSequence {
    private static final int POOL = 4;

    private final int[] pool = new int[POOL];

    /** Hashes word after word, each with other constants. */
    private static final class Hash {
        private final int multiplier;
        private int constant;

        Hash(int start, int multiplier) {
            this.constant = start;
            this.multiplier = multiplier;
        }

        int of(int word) {
            int value = word ^ constant;
            constant *= multiplier;
            value *= constant;
            return value ^ (value >>> 16);
        }
    }

    /** @param seed at least 0 */
    SeedSequence(long seed) {
        Hash hash = new Hash(0x43b0d7e5, 0x931e8875);
        int[] entropy = {(int) seed, (int) (seed >>> 32), 0, 0};
        for (int i = 0; i < POOL; i++) {
            pool[i] = hash.of(entropy[i]);
        }
        for (int from = 0; from < POOL; from++) {
            for (int to = 0; to < POOL; to++) {
                if (from != to) {
                    pool[to] = mix(pool[to], hash.of(pool[from]));
                }
            }
        }
    }

    private static int mix(int x, int y) {
        int value = 0xca01f9dd * x - 0x4973f715 * y;
        return value ^ (value >>> 16);
    }

    /** {@code generate_state(count, uint64)}. */
    long[] words(int count) {
        Hash hash = new Hash(0x8b51f9dd, 0x58f38ded);
        long[] words = new long[count];
        for (int i = 0; i < 2 * count; i++) {
            long half = Integer.toUnsignedLong(hash.of(pool[i % POOL]));
            words[i / 2] |= i % 2 == 0 ? half : half << 32;
        }
        return words;
    }
}
