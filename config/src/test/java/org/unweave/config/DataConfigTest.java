package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins the block data: its defaults, and what it refuses. */
class DataConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().data())
                .isEqualTo(
                        new DataConfig(List.of("bundle"), 1_000_000, 0.05, 16_384, DataConfig.Precision.BF16, 65_536));
    }

    @Test
    void precision_isAWordInLowerCase() {
        assertThat(defaults("data.precision=fp32").data().precision()).isEqualTo(DataConfig.Precision.FP32);
        assertThat(problemsOfOverrides("data.precision=fp16"))
                .containsExactly("data.precision: \"fp16\" is none of bf16, fp32");
    }

    @Test
    void corpus_isAList() {
        assertThat(defaults("data.corpus=[bundle, ~/notes]").data().corpus())
                .containsExactly("bundle", "/home/ada/notes");
        assertThat(problemsOfOverrides("data.corpus=bundle"))
                .containsExactly("data.corpus: wants a list, as in [a, b], but is \"bundle\"");
        assertThat(problemsOf("data.corpus = [{ a = 1 }]"))
                .containsExactly("study.conf:1: data.corpus: wants a text, but is a block of keys");
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("data.token = 2"))
                .containsExactly("study.conf:1: unknown key data.token; did you mean data.tokens?");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("data.tokens=0")).containsExactly("data.tokens: 0 is below the least value 1");
        assertThat(problemsOfOverrides("data.held-out-share=0.6"))
                .containsExactly("data.held-out-share: 0.6 is outside 0.001 to 0.5");
        assertThat(problemsOfOverrides("data.held-out-tokens=1")).hasSize(1);
        assertThat(problemsOfOverrides("data.shard-rows=0")).hasSize(1);
        assertThat(problemsOf("data.corpus = []"))
                .containsExactly("study.conf:1: data.corpus: is empty; give bundle or paths of text files");
        assertThat(problemsOf("data.corpus = [a, a]"))
                .containsExactly("study.conf:1: data.corpus: a stands there twice");
    }
}
