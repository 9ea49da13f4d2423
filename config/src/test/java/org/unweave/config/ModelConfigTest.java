package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import org.junit.jupiter.api.Test;

/** Pins the block model: its defaults, and what it refuses. */
class ModelConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().model()).isEqualTo(new ModelConfig("bundle", "blocks.15.hook_resid_post", 128, 8, 6, 10));
    }

    @Test
    void layer_isTheHooksNumber() {
        assertThat(defaults("model.hook=blocks.9.hook_resid_post").model().layer())
                .isEqualTo(9);
    }

    @Test
    void source_startsInTheHomeFolder() {
        assertThat(defaults("model.source=~/models/a b.gguf").model().source()).isEqualTo("/home/ada/models/a b.gguf");
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("model {\n  thread = 2\n}"))
                .containsExactly("study.conf:2: unknown key model.thread; did you mean model.threads?");
    }

    @Test
    void wrongType_isRefused() {
        assertThat(problemsOfOverrides("model.threads=two"))
                .containsExactly("model.threads: wants a whole number, but is \"two\"");
        assertThat(problemsOfOverrides("model.threads=2.5"))
                .containsExactly("model.threads: wants a whole number, but is \"2.5\"");
        assertThat(problemsOf("model.threads = [1, 2]"))
                .containsExactly("study.conf:1: model.threads: wants a whole number, but is a list");
        assertThat(problemsOf("model.threads = null"))
                .containsExactly("study.conf:1: model.threads: wants a whole number, but is null");
        assertThat(problemsOf("model = 5"))
                .containsExactly("study.conf:1: model: wants a block of keys, { ... }, but is 5");
        assertThat(problemsOfOverrides("model.threads=3000000000"))
                .containsExactly("model.threads: \"3000000000\" is outside -2147483648 to 2147483647");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("model.context-tokens=1"))
                .containsExactly("model.context-tokens: 1 is below the least value 2");
        assertThat(problemsOfOverrides("model.hook=blocks.9.hook_mlp_out"))
                .containsExactly("model.hook: \"blocks.9.hook_mlp_out\" is not of the form blocks.L.hook_resid_post");
        assertThat(problemsOfOverrides("model.max-norm-multiple=1e999"))
                .containsExactly("model.max-norm-multiple: \"1e999\" is too large for a number");
        assertThat(problemsOfOverrides("model.max-norm-multiple=1"))
                .containsExactly("model.max-norm-multiple: 1.0 is not above 1, or not finite");
        assertThat(problemsOfOverrides("model.source="))
                .containsExactly("model.source: is empty; give bundle or the path of a GGUF file");
        assertThat(problemsOfOverrides("model.batch-sequences=0", "model.threads=0"))
                .hasSize(2);
    }
}
