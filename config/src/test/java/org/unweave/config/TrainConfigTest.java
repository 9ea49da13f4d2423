package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins the block train: its defaults, what it works out, and what it refuses. */
class TrainConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().train())
                .isEqualTo(new TrainConfig(4_000_000, 2048, 4, Duration.ofMillis(100), 0.1, List.of(0.5, 1.0), 3, 10));
    }

    @Test
    void steps_leaveOutRowsThatFillNoBatch() {
        TrainConfig train = defaults("train.rows=1100", "train.batch-rows=512").train();
        assertThat(train.steps()).isEqualTo(2);
        assertThat(train.stepAt(0.001)).isEqualTo(1);
        assertThat(train.stepAt(1)).isEqualTo(2);
    }

    @Test
    void numbers_areReadInAnyWholeSpelling() {
        assertThat(defaults("train.rows=4e5").train().rows()).isEqualTo(400_000);
        assertThat(Readings.text("train.rows = 4e5").train().rows()).isEqualTo(400_000);
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("train.batch-row = 2"))
                .containsExactly("study.conf:1: unknown key train.batch-row; did you mean train.batch-rows?");
    }

    @Test
    void duration_wantsAKnownUnit() {
        assertThat(problemsOf("train.slice = 100"))
                .containsExactly(
                        "study.conf:1: train.slice: wants a duration with its unit, as in 100 ms, but is \"100\"");
        assertThat(problemsOf("train.slice = 100 msec"))
                .containsExactly(
                        "study.conf:1: train.slice: \"100 msec\" has an unknown unit, msec; units are d, h, m, s,"
                                + " ms, us, ns");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("train.rows=100"))
                .containsExactly("train.rows: 100 is less than one batch of 2048");
        assertThat(problemsOf("train.slice = 0 ms")).containsExactly("study.conf:1: train.slice: 0 d is not above 0");
        assertThat(problemsOfOverrides("train.checkpoint-share=0"))
                .containsExactly("train.checkpoint-share: 0.0 is outside 0.001 to 1.0");
        assertThat(problemsOfOverrides("train.keep=0")).hasSize(1);
        assertThat(problemsOfOverrides("train.window-batches=0")).hasSize(1);
        assertThat(problemsOfOverrides("train.metrics-every-steps=0")).hasSize(1);
    }

    @Test
    void evaluateAt_risesToTheEnd() {
        assertThat(defaults("train.evaluate-at=[]").train().evaluateAt()).isEmpty();
        assertThat(problemsOf("train.evaluate-at = [0, 1]"))
                .containsExactly("study.conf:1: train.evaluate-at: 0 is the untrained SAE; give shares above 0");
        assertThat(problemsOf("train.evaluate-at = [0.5, 0.5, 1]"))
                .containsExactly(
                        "study.conf:1: train.evaluate-at: 0.5 does not rise above 0.5, which stands before it");
        assertThat(problemsOf("train.evaluate-at = [0.5]"))
                .containsExactly("study.conf:1: train.evaluate-at: ends at 0.5; the end of the run, 1, must be last");
    }
}
