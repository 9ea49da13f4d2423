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
            1,
            4096,
            32,
            32,
            0.001,
            1,
            new JobConfig.ScheduleConfig(0.05, 0.1, 0.8, 0.1),
            new JobConfig.AuxKConfig(0.03125, 0),
            new JobConfig.SparsityConfig(0.004, 2, 0.01),
            new JobConfig.SimilarityConfig(0, 512, 0.95, 2));

    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().jobs().get(0)).isEqualTo(TOPK);
    }

    @Test
    void variants_differAsReferenceSays() {
        JobConfig standard = defaults().jobs().get(1);
        assertThat(standard.gradientClip()).isZero();
        assertThat(standard.auxK().weight()).isZero();
        assertThat(standard.sparsity()).isEqualTo(TOPK.sparsity());
        JobConfig margin = defaults().jobs().get(2);
        assertThat(margin.similarity()).isEqualTo(new JobConfig.SimilarityConfig(0.1, 512, 0.95, 2));
        assertThat(margin.auxK()).isEqualTo(TOPK.auxK());
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
}
