package org.unweave.model.sae.part;

import java.util.function.LongToDoubleFunction;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;

/**
 * {@code lambda mean_b sum_i z_i ||d_i||}, whose gradient reaches the decoder's norms too: without a constraint on them a
 * plain L1 penalty would be met by small codes and long rows.
 */
public final class DecoderNormPenalty extends SparsityPenalty {
    private final Codes rows;
    private float[] perNorm = new float[0];

    public DecoderNormPenalty(int features, SparsityServo servo, LongToDoubleFunction warmth) {
        super(servo, warmth);
        this.rows = new Codes(features);
    }

    @Override
    public String name() {
        return "l1";
    }

    @Override
    public long bytes() {
        return rows.bytes() + (long) perNorm.length * Float.BYTES;
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        Mat decFD = forward.params().decFD();
        double weight = lambda() / forward.rows();
        Mat norm1F = forward.workspace().take("decoder.norm", 1, decFD.rows());
        forward.workspace().ops().rowNorms(decFD, norm1F);
        float[] norm = norm1F.toArray();
        double[] activity = new double[norm.length];
        double sum = 0;
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            activity[f] += codes.value()[j];
            sum += codes.value()[j] * norm[f];
            gradient.codes()[j] += (float) (weight * norm[f]);
        }
        // Each decoder row is pulled along itself: the codes are those of a batch whose rows are the decoder's own.
        if (perNorm.length == 0) {
            perNorm = new float[norm.length];
            rows.identity();
        }
        for (int f = 0; f < norm.length; f++) {
            perNorm[f] = norm[f] > 0 ? (float) (weight * activity[f] / norm[f]) : 0;
        }
        gradient.addDecoder(rows, perNorm, 1, decFD);
        return weight * sum;
    }
}
