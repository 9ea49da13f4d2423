package org.unweave.model.data;

/**
 * A pseudo-random permutation of 0 to size - 1 in constant memory.
 *
 * <p>A balanced Feistel network permutes the smallest power of four that is not below the size; a value that lands
 * outside is sent through again until it lands inside, which keeps the map a bijection (cycle walking: Black and
 * Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002). It is no cipher: the round function only mixes well.
 */
final class Permutation {
    // Three rounds are the least for a pseudo-random permutation (Luby and Rackoff, 1988); small halves want more.
    private static final int ROUNDS = 6;

    private final long size;
    private final int halfBits;
    private final long halfMask;
    private final long key;

    Permutation(long size, long key) {
        if (size < 1) {
            throw new IllegalArgumentException("a permutation of " + size + " values");
        }
        this.size = size;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
        this.halfBits = Math.max(1, (bits + 1) / 2);
        this.halfMask = (1L << halfBits) - 1;
        this.key = Mixer.mix(key);
    }

    /** Where {@code index} goes. */
    long apply(long index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("index " + index + " of a permutation of " + size);
        }
        long value = index;
        do {
            value = network(value);
        } while (value >= size);
        return value;
    }

    private long network(long value) {
        long left = value >>> halfBits;
        long right = value & halfMask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (Mixer.mix(key + round, right) & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
