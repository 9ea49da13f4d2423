package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import org.junit.jupiter.api.Test;

/** Pins the block job and those of variants: their defaults, and what they refuse. */
class JobConfigTest {
    private static final JobConfig TOPK = new JobConfig(
            "topk",
            "topk",
            JobConfig.Compatibility.NONE,
            1,
            4096,
            32,
            JobConfig.ActivationKind.AUTO,
            32,
            0.001,
            0.9,
            1,
            new JobConfig.ScheduleConfig(0.05, 0.1, 0.8, 0.1, 0.2, 0.3, 0, 0),
            new JobConfig.AuxKConfig(0.03125, 0),
            new JobConfig.SparsityConfig(0.012, 2, 0.01),
            new JobConfig.SimilarityConfig(0, 512, 0.95, 2, JobConfig.MarginSource.OWN),
            new JobConfig.AttributionConfig(JobConfig.AttributionSource.PROBE, 0.95, 0.85, 0.01, 0.001),
            new JobConfig.AdversarialConfig(0, 0.1, JobConfig.AdversarialConfig.Scope.ALL),
            new JobConfig.OrthogonalityConfig(0, 256),
            new JobConfig.ContrastiveConfig(0, 0.1),
            new JobConfig.ThresholdConfig(0.99),
            new JobConfig.JumpConfig(0.01, 0.02, 1),
            new JobConfig.PAnnealConfig(0.2, 10, JobConfig.PNorm.LP_POWER),
            new JobConfig.MatryoshkaConfig("1/32 1/16 1/8 1/4 17/32"),
            new JobConfig.DictionaryLearningConfig(1000, 2000, 0, 10_000_000, 1000, 0.999, 10_000, 0, 0));

    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().jobs().get(0)).isEqualTo(TOPK);
    }

    @Test
    void variants_differAsReferenceSays() {
        JobConfig standard = defaults().jobs().get(1);
        assertThat(standard.gradientClip()).isZero();
        assertThat(standard.sparsity()).isEqualTo(TOPK.sparsity());
        assertThat(variant("jump-relu").adamBeta1()).isZero();
        assertThat(variant("gated").adamBeta1()).isZero();
        assertThat(variant("gated").gradientClip()).isZero();
        assertThat(variant("p-anneal").gradientClip()).isZero();
        assertThat(variant("standard-april").gradientClip()).isEqualTo(1);
        JobConfig margin = defaults().jobs().get(2);
        assertThat(margin.similarity())
                .isEqualTo(new JobConfig.SimilarityConfig(0.1, 512, 0.95, 2, JobConfig.MarginSource.OWN));
        assertThat(margin.auxK()).isEqualTo(TOPK.auxK());
    }

    @Test
    void runsOfTheFamily_differFromBaselineByTheirTerms() {
        JobConfig baseline = variant("baseline");
        assertThat(baseline.labelledTerms()).isEmpty();
        assertThat(baseline.similarity().weight()).isZero();
        assertThat(baseline.auxK()).isEqualTo(TOPK.auxK());
        JobConfig run2 = labelled("attribution-adversarial");
        assertThat(run2.labelledTerms()).containsExactly("adversarial", "orthogonality");
        assertThat(run2.similarity()).isEqualTo(variant("dynamic-margin").similarity());
        assertThat(run2.adversarial())
                .isEqualTo(new JobConfig.AdversarialConfig(0.3, 0.1, JobConfig.AdversarialConfig.Scope.ALL));
        assertThat(run2.orthogonality()).isEqualTo(new JobConfig.OrthogonalityConfig(0.02, 256));
        JobConfig run3 = labelled("contrastive");
        assertThat(run3.labelledTerms()).containsExactly("adversarial", "orthogonality", "contrastive");
        assertThat(run3.adversarial().weight()).isEqualTo(2 * run2.adversarial().weight());
        assertThat(run3.contrastive()).isEqualTo(new JobConfig.ContrastiveConfig(0.002, 0.1));
        JobConfig aligned = labelled("self-aligned");
        assertThat(aligned.labelledTerms()).containsExactly("adversarial", "orthogonality", "contrastive");
        assertThat(aligned.adversarial().scope()).isEqualTo(JobConfig.AdversarialConfig.Scope.BELOW_PERCENTILE);
    }

    @Test
    void termsOfLabelledTexts_outOfRange_areRefused() {
        assertThat(problemsOf("job.attribution.decay = 1"))
                .containsExactly("study.conf:1: job.attribution.decay: 1.0 is outside 0.0 to 0.999999");
        assertThat(problemsOf("job.attribution.percentile = 1.5"))
                .containsExactly("study.conf:1: job.attribution.percentile: 1.5 is outside 0.0 to 1.0");
        assertThat(problemsOf("job.attribution.learning-rate = 0"))
                .containsExactly("study.conf:1: job.attribution.learning-rate: 0.0 is not above 0, or not finite");
        assertThat(problemsOf("job.attribution.l2 = -1")).hasSize(1);
        assertThat(problemsOf("job.attribution.source = me"))
                .containsExactly("study.conf:1: job.attribution.source: \"me\" is none of probe, evaluator, both");
        assertThat(problemsOf("job.adversarial.weight = -1")).hasSize(1);
        assertThat(problemsOf("job.adversarial.floor = 0.6"))
                .containsExactly("study.conf:1: job.adversarial.floor: 0.6 is outside 0.0 to 0.5");
        assertThat(problemsOf("job.adversarial.scope = some"))
                .containsExactly("study.conf:1: job.adversarial.scope: \"some\" is none of all, below-percentile");
        assertThat(problemsOf("job.orthogonality.weight = -1")).hasSize(1);
        assertThat(problemsOf("job.orthogonality.sample = 1"))
                .containsExactly("study.conf:1: job.orthogonality.sample: 1 is below the least value 2");
        assertThat(problemsOf("job.contrastive.weight = -1")).hasSize(1);
        assertThat(problemsOf("job.contrastive.temperature = 0"))
                .containsExactly("study.conf:1: job.contrastive.temperature: 0.0 is not above 0, or not finite");
        assertThat(problemsOf("job.similarity.source = all"))
                .containsExactly("study.conf:1: job.similarity.source: \"all\" is none of own, pooled");
        assertThat(problemsOf("job.activation = gelu"))
                .containsExactly("study.conf:1: job.activation: \"gelu\" is none of auto, topk, batch-topk, relu,"
                        + " jump-relu");
    }

    @Test
    void termsAndActivation_ofAVariantThatTakesNone_areRefused() {
        String open = "attribution-adversarial, baseline, contrastive, dynamic-margin, self-aligned";
        String labelled = "labelled.set = review-domain-sentiment\n";
        for (String term : new String[] {"adversarial", "orthogonality", "contrastive", "similarity"}) {
            assertThat(problemsOf(labelled + "jobs = [{ variant = topk, " + term + ".weight = 0.1 }]"))
                    .containsExactly("study.conf:2: job.variant: topk takes no further terms, which " + term
                            + ".weight asks for; those that do: " + open);
        }
        for (String term : new String[] {"adversarial", "orthogonality", "contrastive"}) {
            assertThat(labelled("baseline", "jobs.baseline." + term + ".weight=0.1")
                            .labelledTerms())
                    .containsExactly(term);
        }
        assertThat(problemsOf("jobs = [{ variant = topk, activation = relu }]"))
                .containsExactly(
                        "study.conf:1: job.activation: topk has an activation of its own; those that take another: "
                                + open);
        assertThat(variant("baseline", "jobs.baseline.activation=jump-relu").activation())
                .isEqualTo(JobConfig.ActivationKind.JUMP_RELU);
    }

    @Test
    void unknownKey_isRefusedInEveryBlock() {
        assertThat(problemsOf("job.kk = 2\nvariants.topk.sed = 3\njobs = [\n { variant = topk, aux-k.weigth = 1 }\n]"))
                .containsExactlyInAnyOrder(
                        "study.conf:1: unknown key job.kk; did you mean job.k?",
                        "study.conf:2: unknown key variants.topk.sed; did you mean variants.topk.seed?",
                        "study.conf:4: unknown key jobs.aux-k.weigth; did you mean jobs.aux-k.weight?");
        assertThat(problemsOf("job.name = a")).hasSize(1);
        assertThat(problemsOf("variants.topkk.k = 1"))
                .containsExactly("study.conf:1: unknown key variants.topkk; did you mean variants.topk?");
    }

    @Test
    void wrongType_isRefused() {
        assertThat(problemsOf("job.k = many"))
                .containsExactly("study.conf:1: job.k: wants a whole number, but is \"many\"");
        assertThat(problemsOf("job = 5"))
                .containsExactly("study.conf:1: job: wants a block of keys, { ... }, but is 5");
        assertThat(problemsOf("variants.topk = 5"))
                .containsExactly("study.conf:1: variants.topk: wants a block of keys, { ... }, but is 5");
        assertThat(problemsOf("jobs = topk"))
                .containsExactly("study.conf:1: jobs: wants a list, as in [{ variant = topk }], but is \"topk\"");
        assertThat(problemsOf("job.schedule = 5"))
                .containsExactly("study.conf:1: job.schedule: wants a block of keys, { ... }, but is 5");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOf("job.k = 5000"))
                .containsExactly("study.conf:1: job.k: 5000 is more than the 4096 features there are");
        assertThat(problemsOfOverrides("job.target-l0=0"))
                .containsExactly("job.target-l0: 0.0 is not above 0, or not finite");
        assertThat(problemsOfOverrides("job.schedule.warmup=0.9"))
                .containsExactly("reference.conf:" + lineOf("decay-from = 0.8")
                        + ": job.schedule.decay-from: 0.8 is before the end of the warm-up, 0.9");
        assertThat(problemsOfOverrides("job.learning-rate=-1", "job.gradient-clip=-1", "job.similarity.sample=1"))
                .hasSize(3);
        assertThat(problemsOfOverrides("job.aux-k.weight=-1")).hasSize(1);
        assertThat(problemsOfOverrides("job.sparsity.initial=0")).hasSize(1);
    }

    private static int lineOf(String text) {
        return ReferenceTest.lines().indexOf("      " + text) + 1;
    }

    @Test
    void absoluteSchedule_longerThanTheRun_isRefused() {
        assertThat(
                        problemsOf(
                                "train.rows = 4096000\ntrain.batch-rows = 2048\njobs = [\n { variant = topk, compatibility = dictionary-learning }\n]"))
                .containsExactly(
                        "study.conf:3: jobs: topk: dictionary-learning.sparsity-warmup-steps is 2000, but the run"
                                + " has only 2000 updates (train.rows / train.batch-rows)");
        assertThat(problemsOf("job.dictionary-learning.decay-from-step = 500"))
                .containsExactly("study.conf:1: job.dictionary-learning.decay-from-step: 500 is before the end of the"
                        + " warm-ups, 1000 and 2000");
    }

    @Test
    void absoluteSchedule_thatWouldBeginAfterTheRun_isRefusedWhereItIsUsed() {
        String run = "train.rows = 20480000\ntrain.batch-rows = 2048\n";
        assertThat(problemsOf(run + "jobs = [\n { variant = p-anneal, compatibility = dictionary-learning }\n]"))
                .containsExactly(
                        "study.conf:3: jobs: p-anneal: dictionary-learning.p-anneal-from-step is 10000, but the"
                                + " run has only 10000 updates (train.rows / train.batch-rows)");
        assertThat(problemsOf(run
                        + "jobs = [\n { variant = standard, compatibility = dictionary-learning,"
                        + " dictionary-learning.resample-every-steps = 25000 }\n]"))
                .containsExactly("study.conf:3: jobs: standard: dictionary-learning.resample-every-steps is 25000, but"
                        + " the run has only 10000 updates (train.rows / train.batch-rows)");
        assertThat(Readings.text(run + "jobs = [{ variant = standard, compatibility = dictionary-learning }]")
                        .jobs())
                .hasSize(1);
    }

    @Test
    void resampling_ofAVariantWithout_isRefused() {
        assertThat(problemsOf("jobs = [\n { variant = topk, schedule.resample-every = 0.1 }\n]"))
                .singleElement()
                .asString()
                .contains("topk has no resampling of dead latents")
                .contains("p-anneal, standard");
        assertThat(variant("standard", "jobs.standard.schedule.resample-every=0.25")
                        .schedule()
                        .resampleEvery())
                .isEqualTo(0.25);
    }

    @Test
    void resampling_withinTheWarmup_isRefused() {
        assertThat(problemsOf("jobs = [\n { variant = standard, schedule { warmup = 0.1, resample-every = 0.1 } }\n]"))
                .singleElement()
                .asString()
                .contains("schedule.resample-every: 0.1 is no longer than the warm-up, 0.1");
    }

    @Test
    void groups_thatAreNoShares_areRefused() {
        assertThat(problemsOf("job.matryoshka.groups = \"1/2 1/4\""))
                .containsExactly("study.conf:1: job.matryoshka.groups: the shares of \"1/2 1/4\" sum to 0.75, not 1");
        assertThat(problemsOf("job.matryoshka.groups = \"1/2 half\""))
                .containsExactly(
                        "study.conf:1: job.matryoshka.groups: \"half\" is no share, as 1/32 or 0.25, in \"1/2 half\"");
        assertThat(new JobConfig.MatryoshkaConfig("0.25, 1/4 0.5").shares()).containsExactly(0.25, 0.25, 0.5);
    }

    @Test
    void groups_ofNoLatent_areRefusedWhereThereAreGroups() {
        assertThat(problemsOf("job { features = 31, k = 4 }\njobs = [{ variant = topk }\n { variant = matryoshka }]"))
                .containsExactly("study.conf:1: job.features: 31 are too few for the share of 0.03125 in"
                        + " matryoshka.groups, a group of no latent");
        assertThat(problemsOf("labelled.set = x\njob { features = 31, k = 4 }\njobs = [{ variant = self-aligned }]"))
                .hasSize(1);
        assertThat(variant("matryoshka", "job.features=32", "job.k=4").features())
                .isEqualTo(32);
    }

    private static JobConfig labelled(String name, String... overrides) {
        return Readings.text("labelled.set = review-domain-sentiment\njobs = [{ variant = " + name + " }]", overrides)
                .jobs()
                .get(0);
    }

    private static JobConfig variant(String name, String... overrides) {
        return Readings.text("jobs = [{ variant = " + name + " }]", overrides)
                .jobs()
                .get(0);
    }
}
