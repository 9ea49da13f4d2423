package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.ConfigReader;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.RunConfig;
import org.unweave.model.data.Wheel;

/** A run asks for no more of the bundle than it reads, and for what it reads before it begins. */
class RunInputsTest {
    @TempDir
    Path folder;

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

    @Test
    void wheels_ofSaeBenchsOwnSets_areNone() {
        assertThat(RunInputs.wheels(quick(
                        "model.source=my.gguf",
                        "data.corpus=[texts]",
                        "eval.evaluations=[core, sparse_probing]",
                        "eval.sparse-probing.datasets=[fancyzhx/ag_news]")))
                .isEmpty();
    }

    @Test
    void require_setOfSaeBenchWithoutItsFiles_saysWhichKeyAndWhatBelongsWhere() {
        assertThatThrownBy(() -> RunInputs.require(quick("eval.sparse-probing.datasets=[fancyzhx/ag_news]")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("eval.sparse-probing.datasets: fancyzhx/ag_news is one of SAEBench's own sets")
                .hasMessageContaining("eval.data-folder");
        assertThatThrownBy(() -> RunInputs.require(
                        quick("eval.sparse-probing.datasets=[fancyzhx/ag_news]", "eval.data-folder=" + folder)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("there is no split train of fancyzhx/ag_news in the data folder " + folder);
        assertThatThrownBy(() -> RunInputs.require(quick(
                        "eval.evaluations=[scr]", "eval.scr-tpp.scr-datasets=[canrager/amazon_reviews_mcauley_1and5]")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("eval.scr-tpp.scr-datasets: canrager/amazon_reviews_mcauley_1and5 is one of");
        assertThatThrownBy(() -> RunInputs.require(quick("eval.sparse-probing.datasets=[fancyzhx/ag_new]")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("\"fancyzhx/ag_new\" is none of the bundle's ag-news");
    }

    private static RunConfig quick(String... overrides) {
        return ConfigReader.read("quick", List.of(overrides), Clock.systemUTC());
    }
}
