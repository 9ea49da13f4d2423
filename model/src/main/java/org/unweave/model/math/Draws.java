package org.unweave.model.math;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.unweave.model.file.Sha256;

/**
 * Random numbers that depend on a seed and on what they are for, and on nothing else: not on what was drawn before, nor
 * on the Java version. So nothing needs to be remembered of a generator.
 */
public final class Draws {
    // The generator of java.util.Random is fixed by its contract, bit for bit.
    private final Random random;

    /** Draws for one purpose, as {@code "similarity", step}; each different list of words gives other draws. */
    public Draws(long seed, Object... purpose) {
        StringBuilder words = new StringBuilder().append(seed);
        for (Object word : purpose) {
            words.append('\n').append(word);
        }
        byte[] digest = Sha256.digest().digest(words.toString().getBytes(StandardCharsets.UTF_8));
        this.random = new Random(ByteBuffer.wrap(digest).getLong());
    }

    /** 0 to {@code count}, exclusive, in random order. */
    public int[] permutation(int count) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        shuffle(order);
        return order;
    }

    /** Puts the elements into random order. */
    public void shuffle(int[] elements) {
        bringForward(elements, elements.length);
    }

    /** {@code count} of the elements, in random order; the elements are left in another order. */
    public int[] sample(int[] elements, int count) {
        bringForward(elements, count);
        return Arrays.copyOf(elements, count);
    }

    private void bringForward(int[] elements, int count) {
        for (int i = 0; i < count; i++) {
            int j = i + random.nextInt(elements.length - i);
            int element = elements[i];
            elements[i] = elements[j];
            elements[j] = element;
        }
    }

    public long bits() {
        return random.nextLong();
    }

    /** 0 to {@code bound}, exclusive. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    public double uniform(double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    /** Of mean 0 and variance 1, by the polar method: Random.nextGaussian may change its algorithm. */
    public double gaussian() {
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
