package org.unweave.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FrozenSae;

/**
 * What each latent contributes to a linear probe's telling two lists of texts apart: the difference of its mean between
 * the lists, times the scalar product of its decoder row and the probe's weights.
 */
public final class Attribution {
    private final double[] effectF;

    private Attribution(double[] effectF) {
        this.effectF = effectF;
    }

    /** Which latents count. */
    public enum Measure {
        /** TPP's: what is more active in the positive texts, with the sign of its effect on the logit. */
        SIGNED,

        /** SCR's: the magnitude of the effect. */
        MAGNITUDE;

        double of(double difference, double alignment) {
            return switch (this) {
                case SIGNED -> Math.max(0, difference) * alignment;
                case MAGNITUDE -> Math.abs(difference * alignment);
            };
        }
    }

    /**
     * @param differenceF the mean of each latent over the positive texts, less that over the negative ones, of latents
     *     averaged over a text's tokens
     * @param alignmentF of the probe, by {@link #alignment}
     */
    public static Attribution of(double[] differenceF, double[] alignmentF, Measure measure) {
        double[] effectF = new double[differenceF.length];
        for (int latent = 0; latent < effectF.length; latent++) {
            effectF[latent] = measure.of(differenceF[latent], alignmentF[latent]);
        }
        return new Attribution(effectF);
    }

    static Attribution of(SparseRows pooled, LinearProbe.Examples texts, double[] alignmentF, Measure measure) {
        return of(difference(pooled, texts), alignmentF, measure);
    }

    private static double[] difference(SparseRows pooled, LinearProbe.Examples texts) {
        // Sums are divided last: weighted ones would leave a rounding error where two means are equal.
        double[] positiveF = new double[pooled.columns()];
        double[] negativeF = new double[pooled.columns()];
        int positives = 0;
        for (int i = 0; i < texts.count(); i++) {
            boolean positive = texts.positive()[i];
            pooled.addTo(positive ? positiveF : negativeF, texts.row()[i], 1);
            positives += positive ? 1 : 0;
        }
        double[] differenceF = new double[pooled.columns()];
        for (int latent = 0; latent < differenceF.length; latent++) {
            differenceF[latent] = positiveF[latent] / positives - negativeF[latent] / (texts.count() - positives);
        }
        return differenceF;
    }

    /** The scalar product of each decoder row with a probe's weights. */
    public static double[] alignment(FrozenSae sae, double[] weightD, Ops ops) {
        double[] alignmentF = new double[sae.features()];
        try (Mat weight1D = Mat.zeros(1, sae.width());
                Mat outF1 = Mat.zeros(sae.features(), 1)) {
            for (int i = 0; i < weightD.length; i++) {
                weight1D.set(0, i, (float) weightD[i]);
            }
            ops.multiplyTransposed(sae.decFD(), weight1D, outF1);
            for (int latent = 0; latent < alignmentF.length; latent++) {
                alignmentF[latent] = outF1.get(latent, 0);
            }
        }
        return alignmentF;
    }

    public int features() {
        return effectF.length;
    }

    /** The effect of a latent; not negative where it is a magnitude. */
    public double effect(int latent) {
        return effectF[latent];
    }

    /**
     * The latents of the largest effects, largest first, of equal ones the lower: n, or as many as have an effect where
     * those are fewer. With {@link Measure#SIGNED} that counts latents of a negative effect, so that where those of a
     * positive one are too few, latents without effect and then negative ones come in. SAEBench's choice is the same but
     * among latents of equal effect, of which it says nothing.
     */
    public int[] largest(int n) {
        long withEffect = Arrays.stream(effectF).filter(effect -> effect != 0).count();
        return IntStream.range(0, effectF.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(latent -> 0 - effectF[latent])
                        .thenComparingInt(latent -> latent))
                .limit(Math.min(n, withEffect))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
