package org.unweave.model.sae;

import java.util.Set;
import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.AdversarialConfig;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.AuxKConfig;
import org.unweave.config.JobConfig.Compatibility;
import org.unweave.config.JobConfig.ContrastiveConfig;
import org.unweave.config.JobConfig.DictionaryLearningConfig;
import org.unweave.config.JobConfig.JumpConfig;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.config.JobConfig.MatryoshkaConfig;
import org.unweave.config.JobConfig.OrthogonalityConfig;
import org.unweave.config.JobConfig.PAnnealConfig;
import org.unweave.config.JobConfig.PNorm;
import org.unweave.config.JobConfig.ScheduleConfig;
import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.config.JobConfig.SparsityConfig;
import org.unweave.config.JobConfig.ThresholdConfig;

/** Jobs for tests: small, without warm-up, decay or steering, but for what a test asks for. */
public final class Jobs {
    private static final Set<String> REFERENCES =
            Set.of("standard", "standard-april", "topk", "batch-topk", "jump-relu", "gated", "p-anneal", "matryoshka");

    private final String variant;
    private Compatibility compatibility = Compatibility.NONE;
    private double adamBeta1 = 0.9;
    private JumpConfig jump = new JumpConfig(0.05, 0.1, 1);
    private PAnnealConfig pAnneal = new PAnnealConfig(0.2, 10, PNorm.LP_POWER);
    private MatryoshkaConfig matryoshka = new MatryoshkaConfig("1/4 1/4 1/2");
    private DictionaryLearningConfig dictionaryLearning =
            new DictionaryLearningConfig(0, 0, 0, 10_000_000, 1000, 0.999, 10_000, 0, 0);
    private long seed = 1;
    private int features = 24;
    private int k = 4;
    private double targetL0 = 4;
    private double learningRate = 1e-2;
    private double gradientClip = 1;
    private ScheduleConfig schedule = new ScheduleConfig(0, 0, 1, 1, 0.2, 0.3, 0, 0);
    private AuxKConfig auxK = new AuxKConfig(0.03125, 0);
    private SparsityConfig sparsity = new SparsityConfig(0.1, 0, 0);
    private SimilarityConfig similarity;
    private ActivationKind activation = ActivationKind.AUTO;
    private AttributionConfig attribution = new AttributionConfig(AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001);
    private AdversarialConfig adversarial = new AdversarialConfig(0, 0.1, AdversarialConfig.Scope.ALL);
    private OrthogonalityConfig orthogonality = new OrthogonalityConfig(0, 256);
    private ContrastiveConfig contrastive = new ContrastiveConfig(0, 0.1);

    private Jobs(String variant) {
        this.variant = variant;
        this.similarity = new SimilarityConfig(takesTerms(variant) ? 0.3 : 0, 512, 0.95, 2, MarginSource.OWN);
    }

    public static Jobs of(String variant) {
        return new Jobs(variant);
    }

    /** Whether a variant has every term whose weight is above 0; a reference has its own alone. */
    public static boolean takesTerms(String variant) {
        return !REFERENCES.contains(variant);
    }

    /** An activation that keeps k latents of each row. */
    public static TopKActivation topK(int k, int features, int width) {
        return new TopKActivation(of("topk").features(features).k(k).targetL0(k).sae(width, 100, 16));
    }

    public Jobs seed(long value) {
        seed = value;
        return this;
    }

    public Jobs features(int value) {
        features = value;
        return this;
    }

    public Jobs k(int value) {
        k = value;
        return this;
    }

    public Jobs targetL0(double value) {
        targetL0 = value;
        return this;
    }

    public Jobs learningRate(double value) {
        learningRate = value;
        return this;
    }

    public Jobs gradientClip(double value) {
        gradientClip = value;
        return this;
    }

    public Jobs schedule(double warmup, double sparsityWarmup, double decayFrom, double deadAfter) {
        schedule =
                new ScheduleConfig(warmup, sparsityWarmup, decayFrom, deadAfter, 0.2, 0.3, 0, schedule.resampleEvery());
        return this;
    }

    public Jobs auxK(double weight, int latents) {
        auxK = new AuxKConfig(weight, latents);
        return this;
    }

    public Jobs sparsity(double initial, double gain, double integralGain) {
        sparsity = new SparsityConfig(initial, gain, integralGain);
        return this;
    }

    public Jobs similarity(double weight, int sample, double decay, double deviations) {
        return similarity(weight, sample, decay, deviations, MarginSource.OWN);
    }

    /** The same, and the margin follows these statistics. */
    public Jobs similarity(double weight, int sample, double decay, double deviations, MarginSource source) {
        similarity = new SimilarityConfig(weight, sample, decay, deviations, source);
        return this;
    }

    public Jobs activation(ActivationKind value) {
        activation = value;
        return this;
    }

    public Jobs attribution(AttributionConfig value) {
        attribution = value;
        return this;
    }

    /** Attribution from this source, its other numbers as they are by default. */
    public Jobs attribution(AttributionSource source) {
        return attribution(new AttributionConfig(source, 0.95, 0.85, 0.01, 0.001));
    }

    public Jobs adversarial(double weight, AdversarialConfig.Scope scope) {
        adversarial = new AdversarialConfig(weight, 0.1, scope);
        return this;
    }

    public Jobs orthogonality(double weight, int sample) {
        orthogonality = new OrthogonalityConfig(weight, sample);
        return this;
    }

    public Jobs contrastive(double weight, double temperature) {
        contrastive = new ContrastiveConfig(weight, temperature);
        return this;
    }

    /** dictionary_learning's rules, without warm-up and decay. */
    public Jobs asDictionaryLearning() {
        return asDictionaryLearning(dictionaryLearning);
    }

    /** The same, dead latents drawn anew each so many updates. */
    public Jobs asDictionaryLearningResampling(long everySteps) {
        return asDictionaryLearning(
                new DictionaryLearningConfig(0, 0, 0, 10_000_000, 1000, 0.999, 10_000, 0, everySteps));
    }

    /** dictionary_learning's rules, with these numbers. */
    public Jobs asDictionaryLearning(DictionaryLearningConfig numbers) {
        compatibility = Compatibility.DICTIONARY_LEARNING;
        dictionaryLearning = numbers;
        return this;
    }

    public Jobs adamBeta1(double value) {
        adamBeta1 = value;
        return this;
    }

    public Jobs jump(double initial, double bandwidth, double weight) {
        jump = new JumpConfig(initial, bandwidth, weight);
        return this;
    }

    public Jobs pAnneal(double end, int stages, PNorm norm) {
        pAnneal = new PAnnealConfig(end, stages, norm);
        return this;
    }

    public Jobs groups(String shares) {
        matryoshka = new MatryoshkaConfig(shares);
        return this;
    }

    /** Dead latents are drawn anew each time this share of the run is done. */
    public Jobs resampleEvery(double share) {
        schedule = new ScheduleConfig(
                schedule.warmup(),
                schedule.sparsityWarmup(),
                schedule.decayFrom(),
                schedule.deadAfter(),
                0.2,
                0.3,
                0,
                share);
        return this;
    }

    public JobConfig job() {
        return new JobConfig(
                "job",
                variant,
                compatibility,
                seed,
                features,
                k,
                activation,
                targetL0,
                learningRate,
                adamBeta1,
                gradientClip,
                schedule,
                auxK,
                sparsity,
                similarity,
                attribution,
                adversarial,
                orthogonality,
                contrastive,
                new ThresholdConfig(0.99),
                jump,
                pAnneal,
                matryoshka,
                dictionaryLearning);
    }

    /** The job on rows of this width, at an input scale of 1. */
    public SaeConfig sae(int width, long steps, int batchRows) {
        return sae(width, steps, batchRows, 1);
    }

    public SaeConfig sae(int width, long steps, int batchRows, double inputScale) {
        return new SaeConfig(job(), width, steps, batchRows, inputScale);
    }
}
