package org.unweave.model;

import org.unweave.config.JobConfig;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;

/** Job configs for tests, small and without schedules that reach beyond a few steps. */
public final class TestJobs {
    private TestJobs() {}

    public static JobConfig topK(String variant, int features, int k) {
        return new JobConfig(
                variant,
                variant,
                JobConfig.Compatibility.NONE,
                1,
                features,
                k,
                JobConfig.ActivationKind.AUTO,
                k,
                1e-3,
                0.9,
                1.0,
                new JobConfig.ScheduleConfig(0.05, 0.1, 0.8, 0.1, 0.2, 0.3, 0, 0),
                new JobConfig.AuxKConfig(variant.equals("standard") ? 0 : 1 / 32.0, 0),
                new JobConfig.SparsityConfig(0.01, 2, 0.01),
                new JobConfig.SimilarityConfig(
                        variant.equals("dynamic-margin") ? 0.3 : 0, 512, 0.95, 2, JobConfig.MarginSource.OWN),
                new JobConfig.AttributionConfig(JobConfig.AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001),
                new JobConfig.AdversarialConfig(0, 0.1, JobConfig.AdversarialConfig.Scope.ALL),
                new JobConfig.OrthogonalityConfig(0, 256),
                new JobConfig.ContrastiveConfig(0, 0.1),
                new JobConfig.ThresholdConfig(0.99),
                new JobConfig.JumpConfig(0.001, 0.001, 1),
                new JobConfig.PAnnealConfig(0.2, 10, JobConfig.PNorm.LP_POWER),
                new JobConfig.MatryoshkaConfig("1/4 1/4 1/2"),
                new JobConfig.DictionaryLearningConfig(1000, 2000, 0, 10_000_000, 1000, 0.999, 10_000, 0, 0));
    }

    /** The same batch for the same number: rows of unit variance over their width. */
    public static Mat batch(long number, int rows, int width) {
        Mat rowsBD = Mat.zeros(rows, width);
        Draws random = new Draws(5, "batch", number);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < width; col++) {
                rowsBD.set(row, col, (float) (random.gaussian() / Math.sqrt(width)));
            }
        }
        return rowsBD;
    }
}
