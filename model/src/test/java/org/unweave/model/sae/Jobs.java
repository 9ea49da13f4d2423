package org.unweave.model.sae;

import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.AuxKConfig;
import org.unweave.config.JobConfig.ScheduleConfig;
import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.config.JobConfig.SparsityConfig;

/** Jobs for tests: small, without warm-up, decay or steering, but for what a test asks for. */
public final class Jobs {
    private final String variant;
    private long seed = 1;
    private int features = 24;
    private int k = 4;
    private double targetL0 = 4;
    private double learningRate = 1e-2;
    private double gradientClip = 1;
    private ScheduleConfig schedule = new ScheduleConfig(0, 0, 1, 1);
    private AuxKConfig auxK = new AuxKConfig(0.03125, 0);
    private SparsityConfig sparsity = new SparsityConfig(0.1, 0, 0);
    private SimilarityConfig similarity = new SimilarityConfig(0.3, 512, 0.95, 2);

    private Jobs(String variant) {
        this.variant = variant;
    }

    public static Jobs of(String variant) {
        return new Jobs(variant);
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
        schedule = new ScheduleConfig(warmup, sparsityWarmup, decayFrom, deadAfter);
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
        similarity = new SimilarityConfig(weight, sample, decay, deviations);
        return this;
    }

    public JobConfig job() {
        return new JobConfig(
                "job",
                variant,
                seed,
                features,
                k,
                targetL0,
                learningRate,
                gradientClip,
                schedule,
                auxK,
                sparsity,
                similarity);
    }

    /** The job on rows of this width, at an input scale of 1. */
    public SaeConfig sae(int width, long steps, int batchRows) {
        return sae(width, steps, batchRows, 1);
    }

    public SaeConfig sae(int width, long steps, int batchRows, double inputScale) {
        return new SaeConfig(job(), width, steps, batchRows, inputScale);
    }
}
