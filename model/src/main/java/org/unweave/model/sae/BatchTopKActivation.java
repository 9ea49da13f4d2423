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
 * Keeps the k B largest positive pre-activations of a batch, so that a row may have more or fewer than k. Begins as {@link
 * TopKActivation}. After training a row stands alone, and what is above the moving threshold is kept.
 */
public final class BatchTopKActivation implements Activation {
    private final int k;
    private final Phases phases;
    private final EmaThreshold threshold;

    public BatchTopKActivation(SaeConfig config) {
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
        int perRow = Math.min(params.features(), phases.kAt(step, params.width(), k));
        return new Pick.BatchTopK(Math.multiplyExact(perRow, rows), out);
    }

    @Override
    public void observe(Forward forward) {
        threshold.observeBatch(forward.codes(), forward.step());
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("threshold", threshold.value());
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        Mat threshold1F = Mat.zeros(1, weights.features());
        threshold1F.fill((float) (threshold.value() * toModel));
        return new JumpReluForm(
                threshold1F, true, weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
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
