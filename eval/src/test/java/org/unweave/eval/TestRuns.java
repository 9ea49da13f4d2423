package org.unweave.eval;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.unweave.config.DataConfig;
import org.unweave.config.EvalConfig;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.HooksConfig;
import org.unweave.config.JobConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.config.ModelConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.config.TrainConfig;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.ReluForm;

/** A small run on {@link FakeModel}, and SAEs whose results are known beforehand. */
final class TestRuns {
    /** Of the fake models; lives as long as the tests. */
    static final Device MODEL_DEVICE = Device.cpu(1);
    // The tokens' vectors have norms of about the root of the width; those of outliers a thousand times that.
    static final double MEDIAN_NORM = 4;
    static final int TRAIN = 40;
    static final int TEST = 25;
    static final EvalConfig.ScrTppConfig SCR_TPP = new EvalConfig.ScrTppConfig(
            List.of("pairs"), 20, 15, List.of("a", "b"), TRAIN, TEST, 9, 16, List.of(2, 5, 20), 4, 20);
    static final UnlearningConfig UNLEARNING = new UnlearningConfig(
            List.of("forget"),
            List.of("forget", "keep"),
            UnlearningConfig.Asking.LIKELIHOOD,
            "",
            20,
            100,
            10,
            List.of(0.01, 0.1),
            List.of(1, 2),
            List.of(1.0, 4.0),
            List.of(1.0),
            0.9,
            false,
            3,
            50,
            new UnlearningConfig.CorporaConfig(UnlearningConfig.Corpora.QUESTIONS, 1024, 1024));

    private TestRuns() {}

    static RunConfig run(Path cache, List<String> datasets, List<Integer> kValues) {
        return run(cache, datasets, kValues, SCR_TPP);
    }

    static RunConfig run(Path cache, List<String> datasets, List<Integer> kValues, EvalConfig.ScrTppConfig scrTpp) {
        return run(cache, datasets, kValues, scrTpp, UNLEARNING);
    }

    static RunConfig run(Path cache, UnlearningConfig unlearning) {
        return run(cache, List.of("a", "b"), List.of(1, 2, 5), SCR_TPP, unlearning);
    }

    private static RunConfig run(
            Path cache,
            List<String> datasets,
            List<Integer> kValues,
            EvalConfig.ScrTppConfig scrTpp,
            UnlearningConfig unlearning) {
        EvalConfig eval = new EvalConfig(
                List.of("core", "sparse_probing", "scr", "tpp", "unlearning", "mechanisms"),
                7,
                List.of("random"),
                "none",
                new EvalConfig.CoreConfig(12, 10, 4),
                new EvalConfig.SparseProbingConfig(datasets, TRAIN, TEST, 9, 16, kValues),
                scrTpp,
                unlearning);
        return new RunConfig(
                "test",
                "quick",
                1,
                cache.resolve("runs"),
                cache,
                1 << 30,
                new ModelConfig("bundle", "blocks.0.hook_resid_post", 10, 4, 1, 10),
                new DataConfig(List.of("bundle"), 1000, 0.1, 100, DataConfig.Precision.FP32, 100),
                new LabelledConfig("", List.of("Yelp", "Amazon"), 4, 8, 2, 0.2, 16, false, 42),
                new ExchangeConfig(20, true, 0.02, ""),
                new TrainConfig(100, 10, 4, Duration.ofMillis(100), 0.1, List.of(1.0), 3, 10),
                new SlotsConfig(1, 1, 1),
                new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(2), 3),
                eval,
                List.of(),
                new HooksConfig(List.of(), List.of(), "", Duration.ofSeconds(10)),
                List.of(new JobConfig(
                        "topk",
                        "topk",
                        JobConfig.Compatibility.NONE,
                        1,
                        16,
                        4,
                        JobConfig.ActivationKind.AUTO,
                        4,
                        1e-3,
                        0.9,
                        1,
                        new JobConfig.ScheduleConfig(0.1, 0.1, 0.8, 0.1, 0.2, 0.3, 0, 0),
                        new JobConfig.AuxKConfig(0, 0),
                        new JobConfig.SparsityConfig(1, 2, 0.01),
                        new JobConfig.SimilarityConfig(0, 16, 0.9, 1, JobConfig.MarginSource.OWN),
                        new JobConfig.AttributionConfig(JobConfig.AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001),
                        new JobConfig.AdversarialConfig(0, 0.1, JobConfig.AdversarialConfig.Scope.ALL),
                        new JobConfig.OrthogonalityConfig(0, 256),
                        new JobConfig.ContrastiveConfig(0, 0.1),
                        new JobConfig.ThresholdConfig(0.99),
                        new JobConfig.JumpConfig(0.001, 0.001, 1),
                        new JobConfig.PAnnealConfig(0.2, 10, JobConfig.PNorm.LP_POWER),
                        new JobConfig.MatryoshkaConfig("1/4 1/4 1/2"),
                        new JobConfig.DictionaryLearningConfig(1000, 2000, 0, 10_000_000, 1000, 0.999, 10_000, 0, 0))),
                List.of());
    }

    static RunConfig run(Path cache) {
        return run(cache, List.of("a", "b"), List.of(1, 2, 5));
    }

    static EvalSession session(Path cache, FakeModel model) {
        return EvalSession.open(run(cache), model, MODEL_DEVICE, new FakeInputs(), MEDIAN_NORM, Progress.NONE);
    }

    static Subject subject(String job, FrozenSae sae) {
        return new Subject("test", job, 10, "topk", 1000, sae);
    }

    /** Latents are the positive and the negative part of each coordinate, so that every row comes back as it is. */
    static ReluForm identity() {
        int width = FakeModel.WIDTH;
        Mat encFD = Mat.zeros(2 * width, width);
        for (int i = 0; i < width; i++) {
            encFD.set(i, i, 1);
            encFD.set(width + i, i, -1);
        }
        return new ReluForm(encFD, Mat.zeros(1, 2 * width), encFD.copy(), Mat.zeros(1, width));
    }

    /** Never fires, and reconstructs nothing. */
    static ReluForm silent() {
        int width = FakeModel.WIDTH;
        Mat bias = Mat.zeros(1, 24);
        bias.fill(-1);
        return new ReluForm(Mat.zeros(24, width), bias, Mat.zeros(24, width), Mat.zeros(1, width));
    }

    static FrozenSae random(long seed) {
        return RandomSae.create(32, 4, new float[FakeModel.WIDTH], seed);
    }
}
