package org.unweave.model.sae;

import java.util.Map;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.EmaThreshold;
import org.unweave.model.sae.part.GeometricMedian;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * What activations share that keep a number of latents. Decoder rows begin as unit vectors, the encoder as their copy, b_dec
 * as the geometric median of the first batch; a moving threshold follows what is kept.
 */
abstract sealed class KeptByNumber implements Activation permits TopKActivation, BatchTopKActivation {
    private final int k;
    private final Phases phases;
    private final EmaThreshold threshold;

    KeptByNumber(SaeConfig config) {
        this.k = config.job().k();
        this.phases = config.phases();
        this.threshold = new EmaThreshold(phases.thresholdFromStep(), phases.thresholdDecay());
    }

    /** At the end of the run. */
    final int k() {
        return k;
    }

    /** At a step, which may be on its way down to {@link #k}. */
    final int k(Params params, long step) {
        return Math.min(params.features(), phases.kAt(step, params.width(), k));
    }

    final EmaThreshold threshold() {
        return threshold;
    }

    @Override
    public final void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tiedFromCube(params, random, workspace.ops());
        GeometricMedian.of(xBD, workspace, params.bDec1D());
    }

    @Override
    public final Map<String, Double> curves() {
        return Map.of("threshold", threshold.value());
    }

    @Override
    public final void save(State state) {
        threshold.save(state);
    }

    @Override
    public final void load(State state) {
        threshold.load(state);
    }
}
