package org.unweave.eval.random;

import java.util.Arrays;

/**
 * PyTorch's generator of the CPU after {@code torch.manual_seed(seed)}: the Mersenne Twister, and numbers below a bound
 * by the remainder of a word.
 */
public final class TorchGenerator {
    private final MersenneTwister twister;

    /** @param seed of which PyTorch uses the lower 32 bits */
    public TorchGenerator(long seed) {
        this.twister = new MersenneTwister((int) seed);
    }

    /** {@code torch.randperm(count)}: 0 to count, exclusive, in random order. */
    public int[] permutation(int count) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int i = 0; i < count - 1; i++) {
            int other = i + Integer.remainderUnsigned(twister.word(), count - i);
            int element = order[i];
            order[i] = order[other];
            order[other] = element;
        }
        return order;
    }
}
