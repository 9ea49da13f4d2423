package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.config.JobConfig.DictionaryLearningConfig;

/** When things begin and end: shares of the run, or the reference's absolute numbers, whatever the run's length. */
class PhasesTest {
    private static final DictionaryLearningConfig NUMBERS =
            new DictionaryLearningConfig(1000, 2000, 8000, 10_000_000, 1100, 0.998, 9000, 500, 700);

    @Test
    void phases_shares_growWithTheRun() {
        Jobs job = Jobs.of("standard").schedule(0.05, 0.1, 0.8, 0.25).resampleEvery(0.3);
        Phases shorter = job.sae(8, 200, 16).phases();
        Phases longer = job.sae(8, 2000, 16).phases();

        assertThat(shorter.warmupSteps()).isCloseTo(10, within(1e-9));
        assertThat(shorter.sparsityWarmupSteps()).isCloseTo(20, within(1e-9));
        assertThat(shorter.decayFromStep()).isCloseTo(160, within(1e-9));
        assertThat(shorter.deadAfterRows()).isEqualTo(200 * 16 / 4);
        assertThat(shorter.thresholdFromStep()).isCloseTo(40, within(1e-9));
        assertThat(shorter.thresholdDecay()).isEqualTo(0.99);
        assertThat(shorter.pAnnealFromStep()).isCloseTo(60, within(1e-9));
        assertThat(shorter.resampleEverySteps()).isEqualTo(60);
        assertThat(longer.warmupSteps()).isCloseTo(100, within(1e-9));
        assertThat(longer.deadAfterRows()).isEqualTo(2000 * 16 / 4);
        assertThat(longer.resampleEverySteps()).isEqualTo(600);
    }

    @Test
    void phases_sharesOfAVeryShortRun_areAtLeastOne() {
        Phases phases = Jobs.of("standard")
                .schedule(0, 0, 1, 0.001)
                .resampleEvery(0.001)
                .sae(8, 10, 1)
                .phases();

        assertThat(phases.deadAfterRows()).isEqualTo(1);
        assertThat(phases.resampleEverySteps()).isEqualTo(1);
    }

    @Test
    void phases_asDictionaryLearning_areAbsolute() {
        Jobs job = Jobs.of("standard").schedule(0.5, 0.5, 0.5, 0.5).asDictionaryLearning(NUMBERS);
        Phases phases = job.sae(8, 10_000, 16).phases();

        assertThat(phases).isEqualTo(new Phases(1000, 2000, 8000, 10_000_000, 1100, 0.998, 9000, 500, 700));
        assertThat(job.sae(8, 20_000, 64).phases()).isEqualTo(phases);
    }

    @Test
    void phases_asDictionaryLearningWithoutADecay_neverDecay() {
        Jobs job = Jobs.of("standard").asDictionaryLearning();

        assertThat(job.sae(8, 300, 16).phases().decayFromStep()).isEqualTo(300);
        assertThat(job.sae(8, 300, 16).phases().resampleEverySteps()).isZero();
    }

    @Test
    void sparsityWarmth_overTheWarmup_risesFromZeroToOne() {
        Phases phases =
                Jobs.of("standard").schedule(0, 0.1, 1, 0.5).sae(8, 200, 16).phases();

        assertThat(phases.sparsityWarmth(0)).isZero();
        assertThat(phases.sparsityWarmth(5)).isCloseTo(0.25, within(1e-9));
        assertThat(phases.sparsityWarmth(20)).isEqualTo(1);
        assertThat(phases.sparsityWarmth(199)).isEqualTo(1);
        assertThat(Jobs.of("standard").sae(8, 200, 16).phases().sparsityWarmth(0))
                .isEqualTo(1);
    }

    @Test
    void kAt_overItsSteps_comesDownFromTheWidth() {
        var numbers = new DictionaryLearningConfig(0, 0, 0, 10_000_000, 1000, 0.999, 10_000, 500, 0);
        Phases phases =
                Jobs.of("topk").asDictionaryLearning(numbers).sae(8, 10_000, 16).phases();

        assertThat(phases.kAt(0, 512, 32)).isEqualTo(512);
        assertThat(phases.kAt(250, 512, 32)).isEqualTo(272);
        assertThat(phases.kAt(251, 512, 32)).as("271.04, cut").isEqualTo(271);
        assertThat(phases.kAt(500, 512, 32)).isEqualTo(32);
        assertThat(phases.kAt(9999, 512, 32)).isEqualTo(32);
        assertThat(Jobs.of("topk").sae(8, 100, 16).phases().kAt(0, 512, 32)).isEqualTo(32);
    }
}
