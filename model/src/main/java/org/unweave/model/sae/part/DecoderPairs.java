package org.unweave.model.sae.part;

import java.util.Arrays;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/**
 * The cosines {@code c_ij} between the decoder rows of a sample of latents, and the way from their gradient to the rows.
 *
 * <p>Call order for a step: {@link #draw} or {@link #drawNone}; with a sample, {@link #compute}, then the rest.
 */
final class DecoderPairs {
    private final String name;
    private final int most;
    private final long seed;
    private final Codes sample;

    /**
     * @param name of its draws and of its room in a workspace
     * @param most latents of a sample
     */
    DecoderPairs(String name, int most, int features, long seed) {
        this.name = name;
        this.most = most;
        this.seed = seed;
        this.sample = new Codes(features);
    }

    /** Latents of the sample. */
    int size() {
        return sample.rows();
    }

    void drawNone() {
        sample.reset(0, 0);
    }

    /** Draws out of these latents, which are left in another order. */
    // The sample is one of codes, one latent of value 1 in each row: decoding it gathers the latents' decoder rows.
    void draw(int[] latents, long step) {
        int size = Math.min(most, latents.length);
        int[] drawn = new Draws(seed, name, step).sample(latents, size);
        Arrays.sort(drawn);
        sample.reset(size, size);
        for (int i = 0; i < size; i++) {
            sample.feature()[i] = drawn[i];
            sample.value()[i] = 1;
            sample.rowStart()[i + 1] = i + 1;
        }
    }

    /** Computes the cosines. */
    void compute(Forward forward) {
        Ops ops = forward.workspace().ops();
        Mat unitMD = unit(forward);
        ops.decode(sample, forward.params().decFD(), null, unitMD);
        ops.normalizeRows(unitMD);
        ops.multiplyTransposed(unitMD, unitMD, cosine(forward));
    }

    /** The sampled decoder rows, brought to norm 1. */
    Mat unit(Forward forward) {
        return forward.workspace().take(name + ".unit", size(), forward.params().width());
    }

    /** {@code c_ij}, the diagonal included. */
    Mat cosine(Forward forward) {
        return forward.workspace().take(name + ".cosine", size(), size());
    }

    /**
     * Adds the gradient of {@code factor sum_ij p_ij^2} to the decoder rows, where p is {@code c - margin} or 0, given as a
     * symmetric matrix whose diagonal is 0.
     */
    void addSquares(Forward forward, Gradient gradient, Mat partMM, double factor) {
        Ops ops = forward.workspace().ops();
        // Each pair stands in the sum twice, and the cosine's gradient lies across its own row.
        Mat gradientMD = forward.workspace()
                .take(name + ".gradient", size(), forward.params().width());
        ops.multiply(partMM, unit(forward), gradientMD);
        ops.removeParallel(gradientMD, unit(forward));
        gradient.addDecoder(sample, perNorm(forward, (float) (4 * factor)), 1, gradientMD);
    }

    private float[] perNorm(Forward forward, float factor) {
        Mat decFD = forward.params().decFD();
        float[] coefficient = new float[size()];
        for (int i = 0; i < coefficient.length; i++) {
            int feature = sample.feature()[i];
            double square = forward.workspace().ops().sumOfSquares(decFD.rowsView(feature, feature + 1));
            coefficient[i] = (float) (factor / Math.sqrt(Math.max(square, 1e-16)));
        }
        return coefficient;
    }
}
