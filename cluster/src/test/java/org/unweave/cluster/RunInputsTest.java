package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.data.Wheel;

/** A run asks for no more of the bundle than it reads. */
class RunInputsTest {
    @Test
    void wheels_ofADefaultRun_areTheDefaults() {
        assertThat(RunInputs.wheels(quick())).isEqualTo(Wheel.defaults());
    }

    @Test
    void wheels_ofAModelAndTextsOfOnesOwn_areThoseOfTheEvaluations() {
        assertThat(RunInputs.wheels(quick("model.source=my.gguf")))
                .containsExactlyInAnyOrder(Wheel.ENGLISH, Wheel.PROBES);
        assertThat(RunInputs.wheels(quick("model.source=my.gguf", "data.corpus=[texts]")))
                .containsExactly(Wheel.PROBES);
        assertThat(RunInputs.wheels(quick("model.source=my.gguf", "data.corpus=[texts]", "eval.evaluations=[core]")))
                .isEmpty();
    }

    private static RunConfig quick(String... overrides) {
        return ConfigReader.read("quick", List.of(overrides), Clock.systemUTC());
    }
}
