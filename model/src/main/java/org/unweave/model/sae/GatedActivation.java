package org.unweave.model.sae;

import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Weights;

/**
 * {@code z = 1[p + b_gate > 0] relu(exp(r_mag) p + b_mag)}, {@code p = (x - b_dec) W_enc^T}. The weights' b_enc is b_gate,
 * so a pre-activation is the gate's, {@code p + b_gate}; the codes hold the entries whose gate is open, also those whose
 * value is 0. The gate itself learns by the terms that read {@link #gates}.
 */
public final class GatedActivation implements Activation {
    static final String B_MAG = "b_mag";
    static final String R_MAG = "r_mag";

    private float[] gates = new float[0];
    private float[] magnitude = new float[0];

    @Override
    public List<String> extras() {
        return List.of(B_MAG, R_MAG);
    }

    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tied(params, 1, random, workspace.ops());
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        return new Pick.Positive(out);
    }

    @Override
    public void activate(Params params, Codes codes) {
        gates = codes.roomFor(gates);
        magnitude = codes.roomFor(magnitude);
        float[] bGate = params.bEnc1F().toArray();
        float[] bMag = params.extra(B_MAG).toArray();
        float[] scale = scales(params);
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            gates[j] = codes.value()[j];
            codes.value()[j] = Math.max(0, scale[f] * (gates[j] - bGate[f]) + bMag[f]);
        }
    }

    private static float[] scales(Params params) {
        float[] scale = params.extra(R_MAG).toArray();
        for (int f = 0; f < scale.length; f++) {
            scale[f] = (float) StrictMath.exp(scale[f]);
        }
        return scale;
    }

    /** The gate's pre-activation of each entry of the codes, above 0. */
    public float[] gates() {
        return gates;
    }

    @Override
    public void backward(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        Ops ops = forward.workspace().ops();
        float[] bGate = forward.params().bEnc1F().toArray();
        float[] scale = scales(forward.params());
        double[] bMag = new double[scale.length];
        double[] rMag = new double[scale.length];
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            magnitude[j] = 0;
            if (codes.value()[j] > 0) {
                bMag[f] += gradient.codes()[j];
                rMag[f] += gradient.codes()[j] * scale[f] * (gates[j] - bGate[f]);
                magnitude[j] = gradient.codes()[j] * scale[f];
            }
        }
        add(bMag, gradient.weights().extra(B_MAG));
        add(rMag, gradient.weights().extra(R_MAG));
        ops.addFeatureSums(codes, gradient.pre(), gradient.weights().bEnc1F());
        gradient.addCentring(codes, magnitude, ops);
        for (int j = 0; j < codes.entries(); j++) {
            magnitude[j] += gradient.pre()[j];
        }
        gradient.addEncoderRows(codes, magnitude, forward.inputBD());
    }

    private static void add(double[] sums, Mat to1F) {
        for (int f = 0; f < sums.length; f++) {
            to1F.set(0, f, (float) (to1F.get(0, f) + sums[f]));
        }
    }

    @Override
    public long bytes() {
        return ((long) gates.length + magnitude.length) * Float.BYTES;
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        Mat bMag1F = weights.extra(B_MAG);
        workspace.ops().scale(bMag1F, toModel);
        return new GatedForm(
                weights.encFD(), weights.bEnc1F(), bMag1F, weights.extra(R_MAG), weights.decFD(), weights.bDec1D());
    }
}
