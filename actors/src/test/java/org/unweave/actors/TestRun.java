package org.unweave.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.Behavior;
import org.unweave.config.DataConfig;
import org.unweave.config.EvalConfig;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.HooksConfig;
import org.unweave.config.JobConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.config.ModelConfig;
import org.unweave.config.RuleConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.config.TrainConfig;
import org.unweave.config.UnlearningConfig;
import org.unweave.eval.Judge;
import org.unweave.model.LabelledTexts;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Nd4jOps;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.train.Hearing;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.TrainJob;
import org.unweave.model.train.TrainLoop;

/** A run of tiny SAEs on batches that are a function of their number, and what its jobs come to with nobody around. */
final class TestRun {
    static final int ROWS = 32;
    static final int WIDTH = 16;
    static final int FEATURES = 48;
    static final long STEPS = 60;
    /** A checkpoint each tenth of the run. */
    static final long INTERVAL = 6;

    /** A journal in the memory of its actor system. */
    static final Config JOURNAL =
            ConfigFactory.parseString("pekko.persistence.journal.plugin = \"pekko.persistence.journal.inmem\"");

    static final Duration LONG = Duration.ofSeconds(60);

    private TestRun() {}

    static RunConfig of(Path runsFolder, List<String> evaluations, SupervisionConfig supervision, String... jobs) {
        return new RunConfig(
                "run",
                "test",
                1,
                runsFolder,
                runsFolder.resolve("cache"),
                1 << 30,
                new ModelConfig("bundle", "blocks.0.hook_resid_post", 10, 4, 1, 10),
                new DataConfig(List.of("bundle"), 1000, 0.1, 100, DataConfig.Precision.FP32, 100),
                new LabelledConfig("", List.of("Yelp", "Amazon"), 4, 8, 2, 0.2, 16, false, 42),
                new ExchangeConfig(20, true, 0.02, ""),
                new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(0.5, 1.0), 2, 10),
                new SlotsConfig(1, 1, 1),
                supervision,
                new EvalConfig(
                        evaluations,
                        7,
                        List.of(),
                        "none",
                        new EvalConfig.CoreConfig(12, 10, 4),
                        new EvalConfig.SparseProbingConfig(List.of("a"), 4, 4, 9, 16, List.of(1)),
                        new EvalConfig.ScrTppConfig(List.of("a"), 2, 2, List.of("a"), 4, 4, 9, 16, List.of(2), 0, 0),
                        new UnlearningConfig(
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
                                new UnlearningConfig.CorporaConfig(UnlearningConfig.Corpora.QUESTIONS, 9, 16))),
                List.of(),
                new HooksConfig(List.of(), List.of(), "", Duration.ofSeconds(10)),
                List.of(jobs).stream().map(TestRun::job).toList(),
                List.of());
    }

    /** The same run, in which a random SAE is judged beside the others. */
    static RunConfig withControl(RunConfig run) {
        EvalConfig eval = run.eval();
        return with(
                run,
                new EvalConfig(
                        eval.evaluations(),
                        eval.seed(),
                        List.of("random"),
                        "none",
                        eval.core(),
                        eval.sparseProbing(),
                        eval.scrTpp(),
                        eval.unlearning()),
                run.jobs());
    }

    /** The same run, in which this job stands in place of the one of its name. */
    static RunConfig withJob(RunConfig run, JobConfig job) {
        return with(
                run,
                run.eval(),
                run.jobs().stream()
                        .map(other -> other.name().equals(job.name()) ? job : other)
                        .toList());
    }

    /** The same run, whose jobs train on cards. */
    static RunConfig onCards(RunConfig run) {
        SlotsConfig slots = new SlotsConfig(1, 1, 1, SlotsConfig.Kind.CUDA, List.of(0));
        return with(run, slots, run.eval(), run.jobs());
    }

    private static RunConfig with(RunConfig run, EvalConfig eval, List<JobConfig> jobs) {
        return with(run, run.slots(), eval, jobs);
    }

    /** The same run by these rules. */
    static RunConfig withRules(RunConfig run, List<RuleConfig> rules) {
        return with(run, run.slots(), run.eval(), rules, run.jobs());
    }

    private static RunConfig with(RunConfig run, SlotsConfig slots, EvalConfig eval, List<JobConfig> jobs) {
        return with(run, slots, eval, run.rules(), jobs);
    }

    private static RunConfig with(
            RunConfig run, SlotsConfig slots, EvalConfig eval, List<RuleConfig> rules, List<JobConfig> jobs) {
        return new RunConfig(
                run.name(),
                run.preset(),
                run.seed(),
                run.runsFolder(),
                run.cache(),
                run.diskBudgetBytes(),
                run.model(),
                run.data(),
                run.labelled(),
                run.exchange(),
                run.train(),
                slots,
                run.supervision(),
                eval,
                rules,
                run.hooks(),
                jobs,
                run.added());
    }

    /** Reads every config as this run's, and does nothing else. */
    static RunHouse house(RunConfig run) {
        return new RunHouse() {
            @Override
            public RunConfig read(String config) {
                return run;
            }

            @Override
            public void open(RunConfig opened) {}

            @Override
            public void close(RunConfig closed) {}
        };
    }

    /** A node's work on this run, its feed as the test wants it; a card's jobs have the kernels that a card has. */
    static NodeRuns node(RunConfig run, UnaryOperator<Behavior<ActivationFeed.Command>> feed) {
        return new NodeRuns() {
            @Override
            public void add(String name, String config, List<String> files) {}

            @Override
            public RunConfig config(String name) {
                return run;
            }

            @Override
            public Behavior<ActivationFeed.Command> feed(String name) {
                return feed.apply(ActivationFeed.create(
                        TestRun::read, ROWS, WIDTH, run.train().windowBatches()));
            }

            @Override
            public TrainJob openJob(String name, String job, int epoch, Seat seat) {
                return open(
                        run,
                        run.jobs().stream()
                                .filter(one -> one.name().equals(job))
                                .findFirst()
                                .orElseThrow(),
                        epoch,
                        Hearing.Plan.NONE,
                        seat.kind() == SlotsConfig.Kind.CPU ? new SimdOps(new Team(1)) : Nd4jOps.copying());
            }

            @Override
            public Judge openJudge(String name) {
                throw new UnsupportedOperationException("nothing is judged here");
            }

            @Override
            public void remove(String name) {}
        };
    }

    /** Restarts come quickly. */
    static SupervisionConfig supervision(int maxRestarts) {
        return new SupervisionConfig(Duration.ofMillis(10), Duration.ofMillis(50), maxRestarts);
    }

    static JobConfig job(String variant) {
        return job(variant, 1e-3);
    }

    static JobConfig job(String variant, double learningRate) {
        return new JobConfig(
                variant,
                variant,
                JobConfig.Compatibility.NONE,
                1,
                FEATURES,
                4,
                JobConfig.ActivationKind.AUTO,
                4,
                learningRate,
                0.9,
                1.0,
                new JobConfig.ScheduleConfig(0.05, 0.1, 0.8, 0.1, 0.2, 0.3, 0, 0),
                new JobConfig.AuxKConfig(variant.equals("standard") ? 0 : 1 / 32.0, 0),
                new JobConfig.SparsityConfig(0.01, 2, 0.01),
                new JobConfig.SimilarityConfig(
                        variant.equals("dynamic-margin") ? 0.3 : 0, 64, 0.95, 2, JobConfig.MarginSource.OWN),
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

    /** A job that hears what evaluators find in its checkpoints. */
    static JobConfig attributedJob() {
        JobConfig job = job("self-aligned");
        return new JobConfig(
                job.name(),
                job.variant(),
                job.compatibility(),
                job.seed(),
                job.features(),
                job.k(),
                job.activation(),
                job.targetL0(),
                job.learningRate(),
                job.adamBeta1(),
                job.gradientClip(),
                job.schedule(),
                job.auxK(),
                job.sparsity(),
                job.similarity(),
                new JobConfig.AttributionConfig(JobConfig.AttributionSource.EVALUATOR, 0.95, 0.85, 0.01, 0.001),
                new JobConfig.AdversarialConfig(0.3, 0.1, JobConfig.AdversarialConfig.Scope.ALL),
                job.orthogonality(),
                job.contrastive(),
                job.threshold(),
                job.jump(),
                job.pAnneal(),
                job.matryoshka(),
                job.dictionaryLearning());
    }

    /** Batch n. */
    static void read(long batch, Mat outBD) {
        Draws random = new Draws(5, "batch", batch);
        for (int row = 0; row < outBD.rows(); row++) {
            for (int col = 0; col < outBD.cols(); col++) {
                outBD.set(row, col, (float) (random.gaussian() / Math.sqrt(WIDTH)));
            }
        }
    }

    static Mat batch(long batch) {
        Mat rowsBD = Mat.zeros(ROWS, WIDTH);
        read(batch, rowsBD);
        return rowsBD;
    }

    static TrainJob open(RunConfig run, JobConfig job, int epoch) {
        return open(run, job, epoch, Hearing.Plan.NONE);
    }

    static TrainJob open(RunConfig run, JobConfig job, int epoch, Hearing.Plan exchange) {
        return open(run, job, epoch, exchange, new SimdOps(new Team(1)));
    }

    private static TrainJob open(RunConfig run, JobConfig job, int epoch, Hearing.Plan exchange, Ops ops) {
        return new TrainJob(
                new TrainJob.Setup(
                        run.folder(),
                        "",
                        run.train(),
                        job,
                        WIDTH,
                        1,
                        batch -> LabelledTexts.NONE,
                        batch(-1),
                        epoch,
                        exchange,
                        Map.of()),
                ops);
    }

    static CheckpointFolder checkpoints(RunConfig run, String job) {
        return new JobFolder(run.folder(), job).checkpoints();
    }

    /** The newest checkpoint of a job. */
    static CheckpointFolder.Loaded newest(RunConfig run, String job) {
        return checkpoints(run, job).newest().orElseThrow();
    }

    /** The checksum of a job's final checkpoint. */
    static String finalSha256(RunConfig run, String job) {
        CheckpointFolder.Loaded newest = newest(run, job);
        newest.state().close();
        if (newest.checkpoint().manifest().step() != STEPS) {
            throw new AssertionError(
                    job + " got to step " + newest.checkpoint().manifest().step() + " only");
        }
        return newest.checkpoint().manifest().stateSha256();
    }

    /** The checksum that a job ends with in a loop of its own, where no update was disturbed. */
    static String sha256Alone(Path scratch, JobConfig job) {
        return sha256Alone(scratch, job, STEPS);
    }

    /** The same, with half the learning rate from an update on. */
    static String sha256Alone(Path scratch, JobConfig job, long halvedFrom) {
        try (TrainLoop loop = new TrainLoop(new SaeConfig(job, WIDTH, STEPS, ROWS, 1), new SimdOps(new Team(1)))) {
            while (!loop.done()) {
                if (loop.step() == halvedFrom) {
                    loop.setLearningRateFactor(0.5);
                }
                try (Mat rowsBD = batch(loop.step())) {
                    loop.step(rowsBD, false);
                }
            }
            loop.takeDensity();
            State state = new State();
            loop.save(state);
            return new CheckpointFolder(scratch)
                    .write(loop.manifest(0, Map.of()), "", state)
                    .manifest()
                    .stateSha256();
        }
    }
}
