package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.text;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins how entries, variants, defaults and grids become jobs, and how these are named. */
class JobBlocksTest {
    private static List<String> names(String jobs, String... overrides) {
        return text("jobs = " + jobs, overrides).jobs().stream()
                .map(JobConfig::name)
                .toList();
    }

    private static JobConfig only(String jobs, String... overrides) {
        List<JobConfig> made = text("jobs = " + jobs, overrides).jobs();
        assertThat(made).hasSize(1);
        return made.getFirst();
    }

    @Test
    void entry_fallsBackToItsVariantThenToJob() {
        String jobs = "[{ variant = dynamic-margin, similarity.sample = 64 }]";
        JobConfig job = only(jobs, "job.similarity.weight=0.7", "job.similarity.decay=0.9", "job.similarity.sample=99");
        assertThat(job.similarity())
                .isEqualTo(new JobConfig.SimilarityConfig(0.1, 64, 0.9, 2, JobConfig.MarginSource.OWN));
    }

    @Test
    void targetL0_followsKUnlessGiven() {
        assertThat(defaults("job.k=64").jobs()).allMatch(job -> job.k() == 64 && job.targetL0() == 64);
        assertThat(only("[{ variant = standard, k = 16 }]").targetL0()).isEqualTo(16);
        assertThat(only("[{ variant = standard, k = 16, target-l0 = 20.5 }]").targetL0())
                .isEqualTo(20.5);
    }

    @Test
    void seed_isTheRunsUnlessGiven() {
        assertThat(defaults("seed=7").jobs()).allMatch(job -> job.seed() == 7);
        assertThat(only("[{ variant = topk, seed = 3 }]", "seed=7").seed()).isEqualTo(3);
    }

    @Test
    void lists_expandToTheirCrossProduct() {
        assertThat(names("[{ variant = topk, seed = [1, 2], k = [16, 32] }, { variant = standard }]"))
                .containsExactly("topk-k16-seed1", "topk-k16-seed2", "topk-k32-seed1", "topk-k32-seed2", "standard");
    }

    @Test
    void gridOfTheDefaults_expandsEveryJob() {
        assertThat(names("[{ variant = topk }, { variant = standard, k = 8 }]", "job.k=[16, 32]"))
                .containsExactly("topk-k16", "topk-k32", "standard");
    }

    @Test
    void gridOfVariants_takesEachOnesDefaults() {
        List<JobConfig> jobs = text("jobs = [{ variant = [topk, dynamic-margin], k = [16, 32] }]")
                .jobs();
        assertThat(jobs)
                .extracting(JobConfig::name)
                .containsExactly("topk-k16", "topk-k32", "dynamic-margin-k16", "dynamic-margin-k32");
        assertThat(jobs).extracting(job -> job.similarity().weight()).containsExactly(0.0, 0.0, 0.1, 0.1);
    }

    @Test
    void entriesOfOneVariant_areNamedByWhatDiffers() {
        assertThat(names("[{ variant = topk }, { variant = topk, learning-rate = 1e-4 }]"))
                .containsExactly("topk-learning-rate0.001", "topk-learning-rate0.0001");
        assertThat(names("[{ variant = topk }, { variant = topk, seed = 2, aux-k.weight = 0 }]"))
                .containsExactly("topk-aux-k-weight0.03125-seed1", "topk-aux-k-weight0-seed2");
    }

    @Test
    void nameGiven_standsAndLeavesTheOthersAlone() {
        assertThat(names("[{ variant = topk }, { variant = topk, k = 64, name = big }]"))
                .containsExactly("topk", "big");
    }

    @Test
    void nameGivenToSeveral_isFollowedByWhatDiffers() {
        assertThat(names("[{ variant = topk, k = [1, 2], name = big }, { variant = topk, k = 64 }]"))
                .containsExactly("big-k1", "big-k2", "topk");
    }

    @Test
    void sameName_isRefused() {
        String problem = "jobs: two jobs are named topk; give one another name or another value";
        assertThat(problemsOf("jobs = [\n{ variant = topk }\n{ variant = topk }]"))
                .containsExactly("study.conf:3: " + problem);
        assertThat(problemsOf("jobs = [{ variant = topk }, { variant = standard, name = topk }]"))
                .containsExactly("study.conf:1: " + problem);
        assertThat(problemsOf("job.k = [16, 16.0]")).hasSize(3);
        assertThat(problemsOf("jobs = [{ variant = topk }, { variant = topk, seed = 1 }]"))
                .hasSize(1);
    }

    @Test
    void nameOfAnotherForm_isRefusedWithItsLine() {
        assertThat(problemsOf("jobs = [\n\n{ variant = topk, name = \"../x\" }]"))
                .containsExactly(
                        "study.conf:3: job.name: \"../x\" is not a name of the form [a-z0-9][a-z0-9._-]{0,63}");
    }

    @Test
    void emptyGrid_isRefused() {
        assertThat(problemsOf("job.k = []")).containsExactly("study.conf:1: job.k: is a list of no values");
    }

    @Test
    void unknownVariant_isRefusedWithThoseThatThereAre() {
        assertThat(problemsOf("jobs = [{ variant = topk }\n{ variant = tpok }, {}]"))
                .containsExactly(
                        "study.conf:2: jobs: \"tpok\" is no variant; did you mean topk?"
                                + " Variants are attribution-adversarial, baseline, batch-topk, contrastive, dynamic-margin, gated,"
                                + " jump-relu, matryoshka, p-anneal, self-aligned, standard, standard-april, topk",
                        "study.conf:2: jobs: an entry has no variant, as in { variant = topk }");
    }

    @Test
    void override_ofOneJob_isByVariantOrName() {
        String jobs = "[{ variant = topk }, { variant = topk, k = 8, name = small }, { variant = standard }]";
        assertThat(text("jobs = " + jobs, "jobs.small.k=4", "jobs.standard.k=5").jobs())
                .extracting(JobConfig::k)
                .containsExactly(32, 4, 5);
        assertThat(text("jobs = " + jobs, "jobs.topk={ k = 6, aux-k.k = 9 }").jobs())
                .extracting(JobConfig::k)
                .containsExactly(6, 6, 32);
        assertThat(names("[{ variant = topk, k = 8 }]", "jobs.topk.k=[1, 2]")).containsExactly("topk-k1", "topk-k2");
        assertThat(only("[{ variant = topk }]", "jobs.topk.k=1", "jobs.topk.k=2")
                        .k())
                .isEqualTo(2);
    }

    @Test
    void override_ofAJobThatIsNotThere_isRefused() {
        assertThat(problemsOf("jobs = [{ variant = topk, name = big }]", "jobs.standard.k=4"))
                .containsExactly("--set jobs.standard.k=4: no entry of jobs has the variant or the name standard;"
                        + " there are big, topk");
        assertThat(problemsOf("", "jobs.topk.kk=4"))
                .containsExactly("--set jobs.topk.kk=4: unknown key jobs.topk.kk; did you mean jobs.topk.k?");
        assertThat(problemsOf("", "jobs.topk=4"))
                .containsExactly("--set jobs.topk=4: wants jobs.<variant or name>.<key>=<value>,"
                        + " as in --set jobs.topk.k=64");
    }

    @Test
    void problemOfADefault_isToldOnce() {
        assertThat(problemsOf("job.k = 0\njob.features = zero"))
                .containsExactlyInAnyOrder(
                        "study.conf:1: job.k: 0 is below the least value 1",
                        "study.conf:2: job.features: wants a whole number, but is \"zero\"");
        assertThat(problemsOf("seed = x")).containsExactly("study.conf:1: seed: wants a whole number, but is \"x\"");
    }
}
