package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unweave.config.ConfigReader;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.RunConfig;
import org.unweave.eval.Evaluations;
import org.unweave.model.data.LabelledSets;
import org.unweave.model.sae.variant.Variants;

/** Pins that a configuration can name what there is, all of it, and nothing else. */
class RegistriesTest {
    @Test
    void variants_thatCanBeConfigured_areThoseRegistered() {
        assertThat(ConfigReader.variants()).containsExactlyInAnyOrderElementsOf(Variants.names());
        assertThat(Variants.names())
                .allSatisfy(name -> assertThat(Variants.description(name)).isNotBlank());
    }

    @Test
    void evaluations_thatCanBeConfigured_areThoseRegistered() {
        String all = String.join(",", Evaluations.names());
        assertThat(read("eval.evaluations=[" + all + "]").eval().evaluations())
                .containsExactlyElementsOf(Evaluations.names());
        // The message lists what may be configured.
        assertThatThrownBy(() -> read("eval.evaluations=[absent]"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageEndingWith("\"absent\" is none of " + String.join(", ", Evaluations.names()));
    }

    @Test
    void datasets_ofEveryPreset_areThere() {
        for (String preset : ConfigReader.presets()) {
            RunConfig config = ConfigReader.read(preset, List.of(), Clock.systemUTC());
            assertThat(LabelledSets.names())
                    .as(preset)
                    .containsAll(config.eval().sparseProbing().datasets());
        }
    }

    private static RunConfig read(String override) {
        return ConfigReader.read("smoke", List.of(override), Clock.systemUTC());
    }
}
