package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
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

    @Test
    void require_questionsAndCorporaOfSaeBenchWithoutTheirFiles_saysWhatBelongsWhere() {
        String[] unlearning = {
            "eval.evaluations=[unlearning]",
            "eval.unlearning.forget=[wmdp-bio]",
            "eval.unlearning.retain=[human_aging, elements]",
            "eval.unlearning.corpora.source=saebench"
        };
        assertThatThrownBy(() -> RunInputs.require(quick(unlearning)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("eval.unlearning.forget: wmdp-bio is one of SAEBench's own sets")
                .hasMessageContaining("eval.unlearning.corpora: ")
                .hasMessageContaining("eval.data-folder");
        String[] withFolder = Arrays.copyOf(unlearning, unlearning.length + 1);
        withFolder[unlearning.length] = "eval.data-folder=" + folder;
        assertThatThrownBy(() -> RunInputs.require(quick(withFolder)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("eval.unlearning.forget: there is no split test of cais/wmdp/wmdp-bio")
                .hasMessageContaining("eval.unlearning.retain: there is no split test of cais/mmlu/human_aging")
                .hasMessageContaining(
                        "eval.unlearning.corpora: there is no split train of" + " cais/wmdp-corpora/bio-forget-corpus")
                .hasMessageContaining("cais/wmdp-corpora/bio-forget-corpus.jsonl");
        assertThatThrownBy(() -> RunInputs.require(
                        quick("eval.evaluations=[unlearning]", "eval.unlearning.forget=[human_ageing]")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("eval.unlearning.forget: \"human_ageing\" is none of worldcapitals")
                .hasMessageContaining("nor SAEBench's wmdp-bio or a subject of its MMLU");
    }

    @Test
    void wheels_ofLabelledTexts_areThoseOfTheirSet() {
        assertThat(RunInputs.wheels(quick(
                        "model.source=my.gguf",
                        "data.corpus=[texts]",
                        "eval.evaluations=[core]",
                        "labelled.set=review-domain-sentiment")))
                .containsExactly(Wheel.PROBES);
    }

    @Test
    void require_unknownLabelledSetOrMain_namesThoseThatThereAre() {
        assertThatThrownBy(() -> RunInputs.require(quick("labelled.set=reviews")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("labelled.set: \"reviews\" is none of the bundle's review-domain-sentiment");
        assertThatThrownBy(() ->
                        RunInputs.require(quick("labelled.set=review-domain-sentiment", "labelled.mains=[Yelp, Ebay]")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("labelled.mains: review-domain-sentiment has no main value \"Ebay\"; it has Yelp,"
                        + " Amazon, movie");
        RunInputs.require(quick("labelled.set=bundle/review-domain-sentiment", "labelled.mains=[movie, Yelp]"));
    }

    private static RunConfig quick(String... overrides) {
        return ConfigReader.read("quick", List.of(overrides), Clock.systemUTC());
    }
}
