package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Codes;
import org.unweave.model.math.FeatureRows;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/**
 * The gradient of a loss, as the terms add to it: of the codes' values, of the pre-activations, and of the weights.
 *
 * <p>Call order: {@link #clear}; for each block of the batch {@link #begin}, the terms' additions, the activation's way back
 * to the pre-activations, {@link #sumUp}, which may be left out after the last; {@link #gather}. What W_enc and W_dec get is
 * noted first, so arrays and rows handed in must stay as they are until it is summed.
 */
public final class Gradient implements AutoCloseable {
    private final Params weights;
    private final Mat centring1F;
    private final RowSums encoder;
    private final RowSums decoder;
    private float[] codes = new float[0];
    private float[] pre = new float[0];
    private double matrixSquares;
    private double sumOfSquares;

    public Gradient(int features, int width, List<String> extras) {
        weights = Params.zeros(features, width, extras);
        centring1F = Mat.zeros(1, features);
        encoder = new RowSums(weights.encFD());
        decoder = new RowSums(weights.decFD());
    }

    /** Of the weights. W_enc and W_dec are there after {@link #gather}; the others are added to. */
    public Params weights() {
        return weights;
    }

    /** Of each entry of the block's codes, with respect to its value. */
    public float[] codes() {
        return codes;
    }

    /** Of each entry of the block's codes, with respect to its pre-activation, beside what comes by its value. */
    public float[] pre() {
        if (pre.length == 0) {
            pre = new float[codes.length];
        }
        return pre;
    }

    /** All zero. */
    public void clear() {
        encoder.clear();
        decoder.clear();
        centring1F.fill(0);
        weights.bEnc1F().fill(0);
        weights.bDec1D().fill(0);
        weights.extras().forEach(extra -> extra.values1F().fill(0));
    }

    /** Turns to the codes of a block, whose gradient is zero so far. */
    public void begin(Codes of) {
        codes = cleared(codes, of);
        pre = pre.length == 0 ? pre : cleared(pre, of); // taken by few, so made when it is asked for
    }

    /** All zero, for these codes. */
    public void clear(Codes of) {
        clear();
        begin(of);
    }

    private static float[] cleared(float[] values, Codes of) {
        float[] room = of.roomFor(values);
        Arrays.fill(room, 0, of.entries(), 0f);
        return room;
    }

    /** Adds to W_dec: {@code factor coefficient[j]} times the entry's row, for each entry. */
    public void addDecoder(Codes of, float[] coefficient, float factor, Mat rowsBD) {
        decoder.note(new FeatureRows(of, coefficient, factor, rowsBD));
    }

    /** Takes a gradient with respect to pre-activations on to W_enc, b_enc and, by the input's centring, b_dec. */
    public void addEncoder(Codes of, float[] gradient, Mat inputBD, Ops ops) {
        addEncoderRows(of, gradient, inputBD);
        ops.addFeatureSums(of, gradient, weights.bEnc1F());
    }

    /** Takes a gradient with respect to pre-activations on to W_enc alone. */
    public void addEncoderRows(Codes of, float[] gradient, Mat inputBD) {
        encoder.note(new FeatureRows(of, gradient, inputBD));
    }

    /** Takes a gradient with respect to pre-activations, but for b_enc, on to b_dec by the input's centring. */
    public void addCentring(Codes of, float[] gradient, Ops ops) {
        ops.addFeatureSums(of, gradient, centring1F);
    }

    /** Sums what was noted for W_dec so far, so that its arrays and rows may be used anew. */
    public void sumUpDecoder(Ops ops) {
        decoder.sumUp(ops);
    }

    /** Sums what was noted so far, so that arrays and rows may be used anew. */
    public void sumUp(Ops ops) {
        encoder.sumUp(ops);
        decoder.sumUp(ops);
    }

    /**
     * Sums what was noted, and ends.
     *
     * @param centred whether b_dec is taken from the input, so that it has a part of the encoder's gradient
     * @param unitRows whether decoder rows are held at norm 1, so that their gradient has no part along them
     */
    public void gather(Params params, boolean centred, boolean unitRows, Mat scratch1D, Ops ops) {
        if (centred) {
            // x - b_dec goes into each pre-activation, so b_dec gets - (sum of their gradients) W_enc.
            ops.addScaled(1f, weights.bEnc1F(), centring1F);
            ops.multiply(centring1F, params.encFD(), scratch1D);
            ops.addScaled(-1f, scratch1D, weights.bDec1D());
        }
        matrixSquares = encoder.finish(null, ops) + decoder.finish(unitRows ? params.decFD() : null, ops);
        sumOfSquares = matrixSquares + ops.sumOfSquares(weights.bEnc1F()) + ops.sumOfSquares(weights.bDec1D());
        for (Params.Extra extra : weights.extras()) {
            sumOfSquares += ops.sumOfSquares(extra.values1F());
        }
    }

    /** Over W_enc and W_dec, as {@link #gather} left them. */
    public double matrixSquares() {
        return matrixSquares;
    }

    /** Over all weights, as {@link #gather} left them. */
    public double sumOfSquares() {
        return sumOfSquares;
    }

    /** What the arrays take. */
    public long bytes() {
        long floats = centring1F.size() + codes.length + pre.length;
        for (Mat mat : weights.all()) {
            floats += mat.size();
        }
        return floats * Float.BYTES;
    }

    @Override
    public void close() {
        weights.close();
        centring1F.close();
    }

    /** The gradient of a matrix: what is noted, and what is summed already. */
    private static final class RowSums {
        private final Mat sumsFD;
        private final List<FeatureRows> noted = new ArrayList<>();
        private boolean begun;

        private RowSums(Mat sumsFD) {
            this.sumsFD = sumsFD;
        }

        private void clear() {
            noted.clear();
            begun = false;
        }

        private void note(FeatureRows part) {
            noted.add(part);
        }

        private void sumUp(Ops ops) {
            if (!begun) {
                sumsFD.fill(0);
                begun = true;
            }
            noted.forEach(part -> ops.addFeatureRows(part, sumsFD));
            noted.clear();
        }

        private double finish(@Nullable Mat alongFD, Ops ops) {
            if (begun) {
                sumUp(ops);
                return ops.finishRows(alongFD, sumsFD);
            }
            double squares = ops.featureRows(noted, alongFD, sumsFD);
            noted.clear();
            return squares;
        }
    }
}
