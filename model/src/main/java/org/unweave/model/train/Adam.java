package org.unweave.model.train;

import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;

/**
 * Adam without weight decay, exact: a weight whose gradient is 0 still moves by its moments.
 *
 * <p>Source: Kingma and Ba, 2015, arXiv 1412.6980, algorithm 1, with PyTorch's defaults.
 */
final class Adam implements State.Holder, AutoCloseable {
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    private final Params first;
    private final Params second;
    private long updates;

    Adam(int features, int width) {
        first = Params.zeros(features, width);
        second = Params.zeros(features, width);
    }

    /** Moves the parameters, the gradient first multiplied by {@code gradientFactor}. */
    void update(Params params, Params gradient, double gradientFactor, double learningRate, Ops ops) {
        updates++;
        Ops.AdamStep step = new Ops.AdamStep((float) learningRate, BETA1, BETA2, EPSILON, updates);
        for (int i = 0; i < Params.NAMES.size(); i++) {
            ops.adam(
                    params.all().get(i),
                    gradient.all().get(i),
                    (float) gradientFactor,
                    first.all().get(i),
                    second.all().get(i),
                    step);
        }
    }

    @Override
    public void save(State state) {
        first.save(state, "adam.first.");
        second.save(state, "adam.second.");
        state.put("adam.updates", updates);
    }

    @Override
    public void load(State state) {
        first.load(state, "adam.first.");
        second.load(state, "adam.second.");
        updates = state.longs("adam.updates", 1)[0];
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
