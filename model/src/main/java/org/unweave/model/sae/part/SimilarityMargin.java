package org.unweave.model.sae.part;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;

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
    private static final String OTHER = "similarity.other.";

    private final double weight;
    private final double deviations;
    private final Ema mean;
    private final Ema meanSquare;
    private final DecoderPairs pairs;
    private final boolean pooled;
    // The newest statistics of each other job; empty unless they are pooled.
    private final Map<String, EmaStatistics> others = new TreeMap<>();
    private int active;

    public SimilarityMargin(SimilarityConfig config, int features, long seed) {
        this.weight = config.weight();
        this.deviations = config.deviations();
        this.pooled = config.source() == MarginSource.POOLED;
        this.mean = new Ema("similarity.mean", config.decay());
        this.meanSquare = new Ema("similarity.mean_square", config.decay());
        this.pairs = new DecoderPairs("similarity", config.sample(), features, seed);
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
            pairs.drawNone();
            return;
        }
        pairs.draw(fired, forward.step());
        pairs.compute(forward);
        Ops ops = forward.workspace().ops();
        int size = pairs.size();
        Mat unitMD = pairs.unit(forward);
        Mat cosineMM = pairs.cosine(forward);
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
        double count = (double) size * (size - 1);
        mean.update(sum / count);
        meanSquare.update(squares / count);
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

    @Override
    public double add(Forward forward, Gradient gradient) {
        int size = pairs.size();
        if (size < 2) {
            return 0;
        }
        double margin = margin();
        float[] excess = pairs.cosine(forward).toArray();
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                excess[i * size + j] = i == j ? 0 : (float) Math.max(0, excess[i * size + j] - margin);
            }
        }
        Mat excessMM = forward.workspace().take("similarity.excess", size, size);
        excessMM.set(excess);
        double factor = weight * active / size / size;
        pairs.addSquares(forward, gradient, excessMM, factor);
        return factor * forward.workspace().ops().sumOfSquares(excessMM);
    }

    private double ownMargin() {
        return mean.value() + deviations * standardDeviation();
    }

    /** The job's own, or the mean of it and the others' newest, each weighed by its number of pairs. */
    private double margin() {
        long own = pairCount();
        double sum = own * ownMargin();
        long count = own;
        for (EmaStatistics other : others.values()) {
            sum += other.count() * other.margin();
            count += other.count();
        }
        return count == own ? ownMargin() : sum / count;
    }

    private long pairCount() {
        return (long) pairs.size() * (pairs.size() - 1);
    }

    private double standardDeviation() {
        return Math.sqrt(Math.max(meanSquare.value() - mean.value() * mean.value(), 0));
    }

    @Override
    public Optional<Told> tell(String job, long step) {
        // Without pairs too, as others may wait for it; then it weighs nothing.
        return Optional.of(new EmaStatistics(job, step, mean.value(), standardDeviation(), ownMargin(), pairCount()));
    }

    @Override
    public void hear(Told told) {
        if (pooled && told instanceof EmaStatistics statistics) {
            others.put(statistics.job(), statistics);
        }
    }

    @Override
    public Map<String, Double> curves() {
        Map<String, Double> curves = new TreeMap<>();
        curves.put("similarity_mean", mean.value());
        curves.put("similarity_sd", standardDeviation());
        curves.put("similarity_margin", margin());
        if (pooled) {
            curves.put("similarity_pooled_jobs", (double) others.size());
        }
        return curves;
    }

    @Override
    public void save(State state) {
        mean.save(state);
        meanSquare.save(state);
        others.forEach((job, one) -> state.put(
                OTHER + job, (double) one.step(), one.similarityMean(), one.similaritySd(), one.margin(), (double)
                        one.count()));
    }

    @Override
    public void load(State state) {
        mean.load(state);
        meanSquare.load(state);
        others.clear();
        for (String name : state.arrays().keySet()) {
            if (name.startsWith(OTHER)) {
                String job = name.substring(OTHER.length());
                double[] one = state.doubles(name, 5);
                others.put(job, new EmaStatistics(job, (long) one[0], one[1], one[2], one[3], (long) one[4]));
            }
        }
    }
}
