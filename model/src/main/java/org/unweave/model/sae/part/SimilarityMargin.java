package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.Map;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;

/**
 * Pushes decoder rows apart where they are more alike than is usual, and the margin follows what is usual.
 *
 * <p>Of the A latents that fired in the batch, M are sampled. The mean and the mean square of their pairwise cosines
 * {@code c_ij} are tracked by moving means; {@code margin = m + deviations sd}, a number without gradient. Loss: {@code
 * weight (A / M) mean_i sum_{j != i} max(0, c_ij - margin)^2}, its gradient to the sampled decoder rows. Fewer than two
 * latents fired: 0, and the moving means stay.
 *
 * <p>Source: this project, after the report's "EMA tracking of feature similarities (decay 0.95)" and "margin = EMA + 2
 * std"; the formula around them is ours.
 */
public final class SimilarityMargin implements Term {
    private final double weight;
    private final int sampleSize;
    private final double deviations;
    private final long seed;
    private final Ema mean;
    private final Ema meanSquare;
    private final Codes sample;
    private int active;

    public SimilarityMargin(double weight, int sampleSize, double decay, double deviations, int features, long seed) {
        this.weight = weight;
        this.sampleSize = sampleSize;
        this.deviations = deviations;
        this.seed = seed;
        this.mean = new Ema("similarity.mean", decay);
        this.meanSquare = new Ema("similarity.mean_square", decay);
        this.sample = new Codes(features);
    }

    @Override
    public String name() {
        return "similarity";
    }

    @Override
    public boolean wholeBatch() {
        return true;
    }

    @Override
    public void observe(Forward forward) {
        int[] fired = fired(forward.codes());
        active = fired.length;
        if (active < 2) {
            sample.reset(0, 0);
            return;
        }
        draw(fired, forward.step());
        Ops ops = forward.workspace().ops();
        int size = sample.rows();
        Mat unitMD = unit(forward);
        ops.decode(sample, forward.params().decFD(), null, unitMD);
        ops.normalizeRows(unitMD);
        Mat cosineMM = cosine(forward);
        ops.multiplyTransposed(unitMD, unitMD, cosineMM);

        Mat sum1D = forward.workspace().take("similarity.sum", 1, unitMD.cols());
        sum1D.fill(0);
        ops.addColumnSums(1f, unitMD, sum1D);
        double sum = ops.sumOfSquares(sum1D);
        double squares = ops.sumOfSquares(cosineMM);
        for (int i = 0; i < size; i++) {
            double self = cosineMM.get(i, i);
            sum -= self;
            squares -= self * self;
        }
        double pairs = (double) size * (size - 1);
        mean.update(sum / pairs);
        meanSquare.update(squares / pairs);
    }

    private static int[] fired(Codes codes) {
        boolean[] fired = new boolean[codes.features()];
        int count = 0;
        for (int j = 0; j < codes.entries(); j++) {
            int feature = codes.feature()[j];
            if (codes.value()[j] != 0 && !fired[feature]) {
                fired[feature] = true;
                count++;
            }
        }
        int[] features = new int[count];
        int at = 0;
        for (int f = 0; f < fired.length; f++) {
            if (fired[f]) {
                features[at++] = f;
            }
        }
        return features;
    }

    // The sample as codes, one latent of value 1 in each row: decoding it gathers the latents' decoder rows.
    private void draw(int[] fired, long step) {
        int size = Math.min(sampleSize, fired.length);
        int[] drawn = new Draws(seed, "similarity", step).sample(fired, size);
        Arrays.sort(drawn);
        sample.reset(size, size);
        for (int i = 0; i < size; i++) {
            sample.feature()[i] = drawn[i];
            sample.value()[i] = 1;
            sample.rowStart()[i + 1] = i + 1;
        }
    }

    private Mat unit(Forward forward) {
        return forward.workspace()
                .take("similarity.unit", sample.rows(), forward.params().width());
    }

    private Mat cosine(Forward forward) {
        return forward.workspace().take("similarity.cosine", sample.rows(), sample.rows());
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        int size = sample.rows();
        if (size < 2) {
            return 0;
        }
        Workspace workspace = forward.workspace();
        Ops ops = workspace.ops();
        double margin = margin();
        float[] excess = cosine(forward).toArray();
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                excess[i * size + j] = i == j ? 0 : (float) Math.max(0, excess[i * size + j] - margin);
            }
        }
        Mat excessMM = workspace.take("similarity.excess", size, size);
        excessMM.set(excess);
        double factor = weight * active / size / size;

        // Each pair stands in the sum twice, and the cosine's gradient lies across its own row.
        Mat gradientMD =
                workspace.take("similarity.gradient", size, forward.params().width());
        ops.multiply(excessMM, unit(forward), gradientMD);
        ops.removeParallel(gradientMD, unit(forward));
        gradient.addDecoder(sample, perNorm(forward, (float) (4 * factor)), 1, gradientMD);
        return factor * ops.sumOfSquares(excessMM);
    }

    private float[] perNorm(Forward forward, float factor) {
        Mat decFD = forward.params().decFD();
        float[] coefficient = new float[sample.rows()];
        for (int i = 0; i < coefficient.length; i++) {
            int feature = sample.feature()[i];
            double square = forward.workspace().ops().sumOfSquares(decFD.rowsView(feature, feature + 1));
            coefficient[i] = (float) (factor / Math.sqrt(Math.max(square, 1e-16)));
        }
        return coefficient;
    }

    private double margin() {
        return mean.value() + deviations * standardDeviation();
    }

    private double standardDeviation() {
        return Math.sqrt(Math.max(meanSquare.value() - mean.value() * mean.value(), 0));
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of(
                "similarity_mean", mean.value(), "similarity_sd", standardDeviation(), "similarity_margin", margin());
    }

    @Override
    public void save(State state) {
        mean.save(state);
        meanSquare.save(state);
    }

    @Override
    public void load(State state) {
        mean.load(state);
        meanSquare.load(state);
    }
}
