package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pins the block supervision: its defaults, the pauses, and what it refuses. */
class SupervisionConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().supervision())
                .isEqualTo(new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(30), 5));
    }

    @Test
    void backoff_doublesUpToTheLongest() {
        SupervisionConfig supervision = defaults().supervision();
        assertThat(supervision.backoff(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(supervision.backoff(4)).isEqualTo(Duration.ofSeconds(8));
        assertThat(supervision.backoff(1000)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("supervision.max-backof = 2 s"))
                .containsExactly(
                        "study.conf:1: unknown key supervision.max-backof; did you mean supervision.max-backoff?");
    }

    @Test
    void duration_wantsAUnit() {
        assertThat(problemsOfOverrides("supervision.min-backoff=2"))
                .containsExactly("supervision.min-backoff: wants a duration with its unit, as in 100 ms, but is \"2\"");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOf("supervision.min-backoff = 1 m"))
                .containsExactly("reference.conf:" + lineOf("max-backoff = 30 s")
                        + ": supervision.max-backoff: 30 s is less than min-backoff, 1 m");
        assertThat(problemsOf("supervision.min-backoff = -1 s"))
                .containsExactly("study.conf:1: supervision.min-backoff: -1 s is not above 0");
        assertThat(problemsOfOverrides("supervision.max-restarts=-1")).hasSize(1);
    }

    private static int lineOf(String text) {
        return ReferenceTest.lines().indexOf("    " + text) + 1;
    }
}
