package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.util.List;
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
    void device_isCpuOrCuda_andCardsHaveNumbers() {
        assertThat(defaults("slots.device=cuda", "slots.cuda=[1, 0]").slots())
                .isEqualTo(new SlotsConfig(6, 1, 1, SlotsConfig.Kind.CUDA, List.of(1, 0)));
        assertThat(problemsOfOverrides("slots.device=gpu"))
                .singleElement()
                .asString()
                .startsWith("slots.device: ")
                .contains("cpu", "cuda", "gpu");
        assertThat(problemsOfOverrides("slots.cuda=[]"))
                .containsExactly("slots.cuda: names no card; the first one's number is 0");
        assertThat(problemsOfOverrides("slots.cuda=[0, 0]"))
                .singleElement()
                .asString()
                .endsWith("slots.cuda: 0 stands there twice");
        assertThat(problemsOfOverrides("slots.cuda=[-1]")).containsExactly("slots.cuda: -1 is below the least value 0");
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
