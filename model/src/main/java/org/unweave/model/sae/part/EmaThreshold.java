package org.unweave.model.sae.part;

import org.unweave.model.math.Codes;
import org.unweave.model.math.State;

/**
 * The threshold that takes the place of a selection within a batch after training: a moving mean of the smallest values
 * that were kept.
 *
 * <p>Source: Bussmann et al., "BatchTopK sparse autoencoders", 2024, arXiv 2412.06410, section 3; the moving mean and its
 * start as in dictionary_learning. A batch that keeps nothing leaves it as it is. Before its start it is the last batch's
 * value, where the reference has -1, which would let everything positive through.
 */
public final class EmaThreshold implements State.Holder {
    private static final double NONE = -1;

    private final double fromStep;
    private final double decay;
    private double mean = NONE;
    private double last = NONE;

    /** Follows the batches after {@code fromStep}. */
    public EmaThreshold(double fromStep, double decay) {
        this.fromStep = fromStep;
        this.decay = decay;
    }

    /** Takes in the smallest value that the batch has kept. */
    public void observeBatch(Codes codes, long step) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int j = 0; j < codes.entries(); j++) {
            smallest = Math.min(smallest, codes.value()[j]);
        }
        observe(smallest, step);
    }

    /** Takes in the mean over rows of the smallest value that a row has kept. */
    public void observeRows(Codes codes, long step) {
        double sum = 0;
        int rows = 0;
        for (int row = 0; row < codes.rows(); row++) {
            double smallest = Double.POSITIVE_INFINITY;
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                smallest = Math.min(smallest, codes.value()[j]);
            }
            if (smallest < Double.POSITIVE_INFINITY) {
                sum += smallest;
                rows++;
            }
        }
        observe(rows == 0 ? Double.POSITIVE_INFINITY : sum / rows, step);
    }

    private void observe(double smallest, long step) {
        if (smallest == Double.POSITIVE_INFINITY) {
            return;
        }
        last = smallest;
        if (step > fromStep) {
            mean = mean < 0 ? smallest : decay * mean + (1 - decay) * smallest;
        }
    }

    /** 0 before the first batch that kept something. */
    public double value() {
        return mean >= 0 ? mean : Math.max(last, 0);
    }

    @Override
    public void save(State state) {
        state.put("threshold.moving", mean, last);
    }

    @Override
    public void load(State state) {
        double[] saved = state.doubles("threshold.moving", 2);
        mean = saved[0];
        last = saved[1];
    }
}
