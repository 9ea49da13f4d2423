package org.unweave.model.train;

import java.util.List;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;

/**
 * Adam without weight decay, exact: a weight whose gradient is 0 still moves by its moments.
 *
 * <p>Source: Kingma and Ba, 2015, arXiv 1412.6980, algorithm 1, with PyTorch's defaults.
 */
final class Adam implements State.Holder, AutoCloseable {
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    private final Params first;
    private final Params second;
    private final float beta1;
    private long updates;

    Adam(Params like, double beta1) {
        this.first = Params.zeros(like.features(), like.width(), like.extraNames());
        this.second = Params.zeros(like.features(), like.width(), like.extraNames());
        this.beta1 = (float) beta1;
    }

    /**
     * Moves the parameters, the gradient first multiplied by {@code gradientFactor}.
     *
     * @param unitDecoderRows whether decoder rows are then divided by their norm
     */
    void update(
            Params params,
            Params gradient,
            double gradientFactor,
            double learningRate,
            boolean unitDecoderRows,
            Ops ops) {
        updates++;
        Ops.AdamStep step = new Ops.AdamStep((float) learningRate, beta1, BETA2, EPSILON, updates);
        for (int i = 0; i < params.all().size(); i++) {
            Mat parameter = params.all().get(i);
            Mat slope = gradient.all().get(i);
            Mat mean = first.all().get(i);
            Mat square = second.all().get(i);
            if (unitDecoderRows && parameter == params.decFD()) {
                ops.adamUnitRows(parameter, slope, (float) gradientFactor, mean, square, step);
            } else {
                ops.adam(parameter, slope, (float) gradientFactor, mean, square, step);
            }
        }
    }

    /** Forgets the moments of these latents' weights. */
    void reset(FeatureSet features) {
        for (Params moments : List.of(first, second)) {
            for (int feature : features.toArray()) {
                moments.encFD().rowsView(feature, feature + 1).fill(0);
                moments.decFD().rowsView(feature, feature + 1).fill(0);
                moments.bEnc1F().set(0, feature, 0);
            }
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
