package org.unweave.model.sae;

import java.util.Map;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.EmaThreshold;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.GeometricMedian;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * Keeps the k largest positive pre-activations of each row. Decoder rows begin as unit vectors, the encoder as their copy,
 * b_dec as the geometric median of the first batch. A moving threshold is kept beside, as the reference does; the inference
 * form does not use it.
 */
public final class TopKActivation implements Activation {
    private final int k;
    private final Phases phases;
    private final EmaThreshold threshold;

    public TopKActivation(SaeConfig config) {
        this.k = config.job().k();
        this.phases = config.phases();
        this.threshold = new EmaThreshold(phases.thresholdFromStep(), phases.thresholdDecay());
    }

    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tiedFromCube(params, random, workspace.ops());
        GeometricMedian.of(xBD, workspace, params.bDec1D());
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        return new Pick.TopK(Math.min(params.features(), phases.kAt(step, params.width(), k)), out);
    }

    @Override
    public void observe(Forward forward) {
        threshold.observeRows(forward.codes(), forward.step());
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("threshold", threshold.value());
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        return new TopKForm(k, weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }

    @Override
    public void save(State state) {
        threshold.save(state);
    }

    @Override
    public void load(State state) {
        threshold.load(state);
    }
}
