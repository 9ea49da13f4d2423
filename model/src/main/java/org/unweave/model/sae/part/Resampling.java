package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.unweave.model.math.Draws;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;

/**
 * Gives latents that have been silent for half a period the directions of rows that are reconstructed badly.
 *
 * <p>As many rows as there are such latents, at most the batch, are drawn without replacement, a row's chance in proportion
 * to the norm of its error. The latent's decoder row becomes the row at norm 1, its encoder row the row times a fifth of
 * the mean norm of the other latents' encoder rows, its bias 0.
 *
 * <p>Source: Bricken et al., "Towards Monosemanticity", 2023, appendix, in dictionary_learning's form ({@code
 * resample_neurons}: chances by the norm and not its square, the row itself in place of its direction).
 */
public final class Resampling {
    private static final double ENCODER_SHARE = 0.2;

    private final long everySteps;
    private final long seed;
    private final boolean weightsStay;

    /**
     * @param everySteps the period; 0 never resamples
     * @param weightsStay whether the weights stay as they are and only the optimiser forgets, the fault of the reference's
     *     p-anneal, which also looks one update earlier than its standard trainer
     */
    public Resampling(long everySteps, long seed, boolean weightsStay) {
        this.everySteps = everySteps;
        this.seed = seed;
        this.weightsStay = weightsStay;
    }

    /** Whether latents are looked through after this update. */
    public boolean due(long step) {
        if (everySteps == 0) {
            return false;
        }
        return weightsStay ? step % everySteps == everySteps - 1 : step > 0 && step % everySteps == 0;
    }

    /** The latents that are drawn anew after this update of so many rows. */
    public FeatureSet silent(DeadFeatures deadFeatures, int batchRows) {
        return deadFeatures.silentFor(everySteps * batchRows / 2 + 1);
    }

    /**
     * Overwrites the weights of silent latents, the lowest first where there are more than rows.
     *
     * @param errorBD {@code x - x^} of the same rows
     * @return those that were overwritten
     */
    public FeatureSet resample(FeatureSet silent, Params params, Mat xBD, Mat errorBD, long step, Workspace workspace) {
        if (weightsStay) {
            return silent;
        }
        int count = Math.min(silent.size(), xBD.rows());
        if (count == 0 || silent.size() == params.features()) {
            return FeatureSet.empty();
        }
        int[] rows = draw(errorBD, count, step, workspace.ops());
        double scale = ENCODER_SHARE * meanNormOfOthers(silent, params, workspace);
        for (int i = 0; i < count; i++) {
            float[] row = xBD.copyRow(rows[i]);
            double square = 0;
            for (float element : row) {
                square += (double) element * element;
            }
            double norm = Math.sqrt(Math.max(square, 1e-24));
            params.decFD().setRow(silent.get(i), scaled(row, 1 / norm));
            params.encFD().setRow(silent.get(i), scaled(row, scale));
            params.bEnc1F().set(0, silent.get(i), 0);
        }
        return FeatureSet.of(Arrays.copyOf(silent.toArray(), count));
    }

    private static float[] scaled(float[] row, double factor) {
        float[] scaled = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            scaled[i] = (float) (row[i] * factor);
        }
        return scaled;
    }

    // Efraimidis and Spirakis 2006: the largest u^(1 / w) are a weighted sample without replacement.
    private int[] draw(Mat errorBD, int count, long step, Ops ops) {
        Draws random = new Draws(seed, "resampling", step);
        double[] key = new double[errorBD.rows()];
        for (int row = 0; row < key.length; row++) {
            double weight = Math.sqrt(ops.sumOfSquares(errorBD.rowsView(row, row + 1)));
            key[row] = StrictMath.log(1 - random.uniform(0, 1)) / Math.max(weight, 1e-12);
        }
        return IntStream.range(0, key.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -key[row]).thenComparingInt(row -> row))
                .limit(count)
                .mapToInt(row -> row)
                .toArray();
    }

    private static double meanNormOfOthers(FeatureSet silent, Params params, Workspace workspace) {
        Mat norm1F = workspace.take("resampling.norm", 1, params.features());
        workspace.ops().rowNorms(params.encFD(), norm1F);
        float[] norms = norm1F.toArray();
        double sum = 0;
        for (float norm : norms) {
            sum += norm;
        }
        for (int feature : silent.toArray()) {
            sum -= norms[feature];
        }
        return sum / (norms.length - silent.size());
    }
}
