package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import org.junit.jupiter.api.Test;

/** Pins the block slots: its defaults, and what it refuses. */
class SlotsConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().slots()).isEqualTo(new SlotsConfig(6, 1, 1));
    }

    @Test
    void auto_isForThoseKeysAloneThatSaySo() {
        assertThat(defaults("slots.cpu=auto").slots().cpu()).isEqualTo(6);
        assertThat(problemsOfOverrides("slots.threads=auto"))
                .containsExactly("slots.threads: wants a whole number, but is \"auto\"");
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("slots.cpus = 2"))
                .containsExactly("study.conf:1: unknown key slots.cpus; did you mean slots.cpu?");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("slots.cpu=0", "slots.threads=0", "slots.evaluators=-1"))
                .containsExactly(
                        "slots.cpu: 0 is below the least value 1",
                        "slots.threads: 0 is below the least value 1",
                        "slots.evaluators: -1 is below the least value 1");
    }
}
