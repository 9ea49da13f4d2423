package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Quantile;
import org.unweave.model.math.State;
import org.unweave.model.nn.OnlineProbe;

/**
 * Which latents tell of the spurious label of labelled texts, and how well they do: two probes on the pooled codes, one for
 * each label, that learn beside the SAE and send it no gradient.
 *
 * <p>With each batch that has labelled texts, in this order: the probes' accuracy on the texts that they do not learn from,
 * as a moving mean; their update; the attribution {@code a_i = |w_i| mean |h_i|} of the spurious one, divided by its sum,
 * as a moving mean; the percentile of the a_i above 0, as a moving mean. The latents above that threshold are those that
 * tell most.
 *
 * <p>Source: this project, after the report's "attribution of the spurious logit" and "85th percentile, EMA 0.95".
 */
public final class AttributionMap implements Part {
    private final AttributionConfig config;
    private final PooledTexts pooled;
    private final OnlineProbe main;
    private final OnlineProbe spurious;
    private final Ema mainAccuracy;
    private final Ema spuriousAccuracy;
    private final Ema threshold;
    private final double[] sumF;
    private long updates;
    // What an evaluator has told last; all 0 before.
    private final double[] toldF;
    private double toldThreshold;
    private boolean wasTold;
    // Of the spurious probe, before its last update: what the terms of that batch go by.
    private double[] before;
    private boolean knew;

    public AttributionMap(AttributionConfig config, int features) {
        this.config = config;
        this.pooled = new PooledTexts(features);
        this.main = new OnlineProbe("probe.main", features, config.learningRate(), config.l2());
        this.spurious = new OnlineProbe("probe.spurious", features, config.learningRate(), config.l2());
        this.mainAccuracy = new Ema("probe.main.accuracy", config.decay());
        this.spuriousAccuracy = new Ema("probe.spurious.accuracy", config.decay());
        this.threshold = new Ema("attribution.threshold", config.decay());
        this.sumF = new double[features];
        this.toldF = new double[features];
        this.before = new double[0];
    }

    @Override
    public boolean wholeBatch() {
        return true;
    }

    @Override
    public void observe(Forward forward) {
        pooled.pool(forward);
        if (pooled.texts().isEmpty()) {
            return;
        }
        before = spurious.weights().clone();
        knew = spurious.updates() > 0;
        learn(main, mainAccuracy, Labels::main);
        learn(spurious, spuriousAccuracy, Labels::spurious);
        attribute();
    }

    private void learn(OnlineProbe probe, Ema accuracy, ToIntFunction<Labels> label) {
        double[][] heldOut = rows(Labels::heldOut);
        if (heldOut.length > 0 && probe.updates() > 0) {
            accuracy.update(probe.accuracy(heldOut, labels(Labels::heldOut, label)));
        }
        Predicate<Labels> learned = labels -> !labels.heldOut();
        double[][] rows = rows(learned);
        if (rows.length > 0) {
            probe.update(rows, labels(learned, label));
        }
    }

    private double[][] rows(Predicate<Labels> wanted) {
        return texts(wanted).mapToObj(pooled::h).toArray(double[][]::new);
    }

    private boolean[] labels(Predicate<Labels> wanted, ToIntFunction<Labels> label) {
        int[] found = texts(wanted)
                .map(text -> label.applyAsInt(pooled.texts().labels(text)))
                .toArray();
        boolean[] labels = new boolean[found.length];
        for (int i = 0; i < found.length; i++) {
            labels[i] = found[i] == 1;
        }
        return labels;
    }

    private IntStream texts(Predicate<Labels> wanted) {
        LabelledTexts texts = pooled.texts();
        return IntStream.range(0, texts.count()).filter(text -> wanted.test(texts.labels(text)));
    }

    private void attribute() {
        double[] meanF = pooled.mean(); // Codes are not negative.
        double[] attributionF = new double[meanF.length];
        double sum = 0;
        for (int f = 0; f < meanF.length; f++) {
            attributionF[f] = Math.abs(spurious.weights()[f]) * meanF[f];
            sum += attributionF[f];
        }
        if (sum == 0) {
            return;
        }
        updates++;
        for (int f = 0; f < meanF.length; f++) {
            sumF[f] = config.decay() * sumF[f] + (1 - config.decay()) * attributionF[f] / sum;
        }
        List<Double> positive = new ArrayList<>();
        // Of what an evaluator tells alone, it tells the percentile too.
        for (double one : config.source() == AttributionSource.BOTH ? attribution() : own()) {
            if (one > 0) {
                positive.add(one);
            }
        }
        positive.sort(null);
        threshold.update(Quantile.of(positive, config.percentile()));
    }

    /** Each latent's attribution, by whoever the config says; all 0 before the first. */
    public double[] attribution() {
        return switch (wasTold ? config.source() : AttributionSource.PROBE) {
            case PROBE -> own();
            case EVALUATOR -> toldF.clone();
            case BOTH -> {
                double[] bothF = own();
                double told = sum(toldF);
                for (int f = 0; f < bothF.length; f++) {
                    bothF[f] = bothF[f] / 2 + (told > 0 ? toldF[f] / told / 2 : 0);
                }
                yield bothF;
            }
        };
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** The moving mean of what the job's own probe says. */
    private double[] own() {
        double[] attributionF = new double[sumF.length];
        if (updates > 0) {
            double correction = 1 - StrictMath.pow(config.decay(), updates);
            for (int f = 0; f < sumF.length; f++) {
                attributionF[f] = sumF[f] / correction;
            }
        }
        return attributionF;
    }

    /** Above which attribution a latent is one of those that tell most. */
    public double threshold() {
        return wasTold && config.source() == AttributionSource.EVALUATOR ? toldThreshold : threshold.value();
    }

    @Override
    public Optional<Told> tell(String job, long step) {
        if (updates == 0) {
            return Optional.empty();
        }
        double[] attributionF = own();
        return Optional.of(AttributionSnapshot.of(job, step, Source.PROBE, attributionF, spuriousAccuracy.value()));
    }

    @Override
    public void hear(Told told) {
        if (config.source() != AttributionSource.PROBE
                && told instanceof AttributionSnapshot snapshot
                && snapshot.features() == toldF.length) {
            Arrays.fill(toldF, 0);
            snapshot.top().forEach(one -> toldF[one.feature()] = one.attribution());
            toldThreshold = snapshot.percentile85();
            wasTold = true;
        }
    }

    /** The latents that tell most of the spurious label, rising; none before anything is known. */
    public int[] above() {
        double[] attributionF = attribution();
        double bar = threshold();
        return IntStream.range(0, attributionF.length)
                .filter(f -> attributionF[f] > bar)
                .toArray();
    }

    /** How well the spurious label could be told, as a moving mean; 0 before anything is known. */
    public double spuriousAccuracy() {
        return spuriousAccuracy.value();
    }

    PooledTexts pooled() {
        return pooled;
    }

    /** Whether the spurious probe had learned before this batch. */
    boolean knew() {
        return knew;
    }

    /** The spurious probe's weights before this batch, its bias behind them; not to be changed. */
    double[] weightsBefore() {
        return before;
    }

    @Override
    public Map<String, Double> curves() {
        Map<String, Double> curves = new TreeMap<>();
        curves.put("main_accuracy", mainAccuracy.value());
        curves.put("spurious_accuracy", spuriousAccuracy.value());
        curves.put("attribution_threshold", threshold());
        curves.put("attributed_latents", (double) above().length);
        return curves;
    }

    @Override
    public long bytes() {
        return pooled.bytes()
                + main.bytes()
                + spurious.bytes()
                + (long) (sumF.length + toldF.length + before.length) * Double.BYTES;
    }

    @Override
    public void save(State state) {
        main.save(state);
        spurious.save(state);
        mainAccuracy.save(state);
        spuriousAccuracy.save(state);
        threshold.save(state);
        state.put("attribution.sum", sumF);
        state.put("attribution.updates", updates);
        if (wasTold) {
            state.put("attribution.told", toldF);
            state.put("attribution.told.threshold", toldThreshold);
        }
    }

    @Override
    public void load(State state) {
        main.load(state);
        spurious.load(state);
        mainAccuracy.load(state);
        spuriousAccuracy.load(state);
        threshold.load(state);
        double[] sum = state.doubles("attribution.sum", sumF.length);
        System.arraycopy(sum, 0, sumF, 0, sum.length);
        updates = state.longs("attribution.updates", 1)[0];
        wasTold = state.has("attribution.told");
        if (wasTold) {
            System.arraycopy(state.doubles("attribution.told", toldF.length), 0, toldF, 0, toldF.length);
            toldThreshold = state.doubles("attribution.told.threshold", 1)[0];
        }
        before = new double[0];
        knew = false;
    }
}
