package org.unweave.model.data;

/**
 * Random numbers as pure functions of their arguments, the same on every machine and in every Java version, which
 * {@code java.util} promises for few of its own.
 */
final class Mixer {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private Mixer() {}

    /** A bijection of 64 bits that flips each output bit with probability one half; the finalizer of SplitMix64. */
    static long mix(long value) {
        long z = value + GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    static long mix(long first, long second) {
        return mix(mix(first) ^ second);
    }

    /** A number in [0, 1). */
    static double unit(long mixed) {
        return (mixed >>> 11) * 0x1p-53;
    }
}
