package org.unweave.model;

import org.unweave.config.JobConfig;

/** Job configs for tests, small and without schedules that reach beyond a few steps. */
public final class TestJobs {
    private TestJobs() {}

    public static JobConfig topK(String variant, int features, int k) {
        return new JobConfig(
                variant,
                variant,
                1,
                features,
                k,
                k,
                1e-3,
                1.0,
                new JobConfig.ScheduleConfig(0.05, 0.1, 0.8, 0.1),
                new JobConfig.AuxKConfig(variant.equals("standard") ? 0 : 1 / 32.0, 0),
                new JobConfig.SparsityConfig(0.01, 2, 0.01),
                new JobConfig.SimilarityConfig(variant.equals("dynamic-margin") ? 0.3 : 0, 512, 0.95, 2));
    }
}
