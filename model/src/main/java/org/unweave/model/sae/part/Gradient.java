package org.unweave.model.sae.part;

import java.util.Arrays;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** The gradient of a loss, as the terms add to it: of the codes' values, and of the weights. */
public final class Gradient implements AutoCloseable {
    private final Params weights;
    private float[] codes = new float[0];

    public Gradient(int features, int width) {
        weights = Params.zeros(features, width);
    }

    /** Of the weights. */
    public Params weights() {
        return weights;
    }

    /** Of each entry of the step's codes; the encoder's part follows from it when all terms are in. */
    public float[] codes() {
        return codes;
    }

    /** All zero, for codes of this many entries. */
    public void clear(int entries) {
        if (codes.length < entries) {
            codes = new float[entries];
        } else {
            Arrays.fill(codes, 0, entries, 0f);
        }
        weights.clear();
    }

    /** Takes the gradient of codes on to the encoder's weights. */
    public void addEncoder(Codes of, float[] gradient, Mat centredBD, Ops ops) {
        ops.addFeatureRows(of, gradient, centredBD, weights.encFD());
        ops.addFeatureSums(of, gradient, weights.bEnc1F());
    }

    /** The part of b_dec that comes from its being taken from the input: {@code - (gradient of b_enc) W_enc}. */
    public void addCentring(Params params, Mat scratch1D, Ops ops) {
        ops.multiply(weights.bEnc1F(), params.encFD(), scratch1D);
        ops.addScaled(-1f, scratch1D, weights.bDec1D());
    }

    @Override
    public void close() {
        weights.close();
    }
}
