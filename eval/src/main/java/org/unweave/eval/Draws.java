package org.unweave.eval;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;

/**
 * Random numbers that depend on what they are for and on nothing else: not on what was drawn before, nor on the Java
 * version.
 */
final class Draws {
    // The generator of java.util.Random is fixed by its contract, bit for bit.
    private final Random random;

    /** Draws for one purpose; each different list of words gives other draws. */
    Draws(long seed, Object... purpose) {
        StringBuilder words = new StringBuilder().append(seed);
        for (Object word : purpose) {
            words.append('\n').append(word);
        }
        this.random = new Random(seedOf(words.toString()));
    }

    private static long seedOf(String words) {
        byte[] digest = sha256().digest(words.getBytes(StandardCharsets.UTF_8));
        long seed = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            seed = seed << Byte.SIZE | digest[i] & 0xff;
        }
        return seed;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** 0 to {@code count}, exclusive, in random order. */
    int[] permutation(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        shuffle(order);
        return order;
    }

    void shuffle(int[] elements) {
        for (int i = elements.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int element = elements[i];
            elements[i] = elements[j];
            elements[j] = element;
        }
    }

    double uniform(double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    /** By the polar method: Random.nextGaussian may change its algorithm between Java versions. */
    double gaussian() {
        while (true) {
            double a = 2 * random.nextDouble() - 1;
            double b = 2 * random.nextDouble() - 1;
            double square = a * a + b * b;
            if (square > 0 && square < 1) {
                return a * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
            }
        }
    }
}
