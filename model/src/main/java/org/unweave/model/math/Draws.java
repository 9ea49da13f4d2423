package org.unweave.model.math;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Random numbers that are a function of a seed, a purpose and a counter, so that nothing needs to be remembered of what
 * was drawn before.
 */
public final class Draws {
    private Draws() {}

    /** A generator for one purpose at one step. */
    public static SplittableRandom at(long seed, String purpose, long step) {
        long mixed = mix(seed); // so that seeds and purposes that differ by the same bits do not meet
        for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
            mixed = mix(mixed ^ b);
        }
        return new SplittableRandom(mix(mix(mixed) ^ step));
    }

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014), after its golden-ratio increment.
    private static long mix(long z) {
        long a = z + 0x9E3779B97F4A7C15L;
        a = (a ^ (a >>> 30)) * 0xBF58476D1CE4E5B9L;
        a = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return a ^ (a >>> 31);
    }

    /** The first {@code n} of a random order of the elements, which is left in the array. */
    public static int[] sample(int[] elements, int n, SplittableRandom random) {
        for (int i = 0; i < n; i++) {
            int j = i + random.nextInt(elements.length - i);
            int swap = elements[i];
            elements[i] = elements[j];
            elements[j] = swap;
        }
        return Arrays.copyOf(elements, n);
    }
}
