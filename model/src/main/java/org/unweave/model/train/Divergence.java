package org.unweave.model.train;

import java.util.Objects;
import org.unweave.model.math.State;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.part.Reconstruction;

/**
 * Notices a loss that grows instead of falling: the moving mean of the reconstruction's loss over ten times what it was at
 * the start, or over 10, whichever is more. Rows have a mean squared norm of 1, so an SAE that says nothing has a loss of
 * about 1.
 */
final class Divergence implements State.Holder {
    private static final double MULTIPLE = 10;
    private static final double DECAY = 0.9;
    private static final double NONE = -1;

    private double start = NONE;
    private double mean;

    /**
     * Takes in a loss.
     *
     * @throws DivergedException if the mean is too large; it is then as it was
     */
    void check(LossTerms loss, long step) {
        double value = Objects.requireNonNull(loss.terms().get(Reconstruction.NAME));
        if (start == NONE) {
            start = Math.max(1, value);
            mean = value;
            return;
        }
        double next = DECAY * mean + (1 - DECAY) * value;
        if (next > MULTIPLE * start) {
            throw DivergedException.grown(step, next, start);
        }
        mean = next;
    }

    @Override
    public void save(State state) {
        state.put("divergence.loss", start, mean);
    }

    @Override
    public void load(State state) {
        double[] saved = state.doubles("divergence.loss", 2);
        start = saved[0];
        mean = saved[1];
    }
}
