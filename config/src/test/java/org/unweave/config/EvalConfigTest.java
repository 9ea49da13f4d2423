package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins the block eval: its defaults, and what it refuses. */
class EvalConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().eval())
                .isEqualTo(new EvalConfig(
                        List.of("core", "sparse_probing", "scr", "tpp"),
                        42,
                        List.of("random"),
                        "none",
                        new EvalConfig.CoreConfig(128, 128, 8),
                        new EvalConfig.SparseProbingConfig(
                                List.of("ag-news", "code-language", "amazon-sentiment"),
                                1000,
                                250,
                                128,
                                8,
                                List.of(1, 2, 5)),
                        new EvalConfig.ScrTppConfig(
                                List.of("review-domain-sentiment"),
                                390,
                                99,
                                List.of("ag-news", "review-domain"),
                                2000,
                                500,
                                128,
                                8,
                                List.of(2, 5, 10, 20, 50, 100, 500),
                                20,
                                200),
                        new UnlearningConfig(
                                List.of("worldcapitals"),
                                List.of("worldcapitals", "elements", "computers", "greekmyth", "general"),
                                UnlearningConfig.Asking.LIKELIHOOD,
                                "",
                                200,
                                50_000,
                                128,
                                List.of(0.001, 0.01),
                                List.of(10, 20),
                                List.of(25.0, 50.0, 100.0, 200.0),
                                List.of(0.5, 1.0, 2.0, 4.0),
                                0.99,
                                false,
                                20,
                                1000,
                                new UnlearningConfig.CorporaConfig(UnlearningConfig.Corpora.QUESTIONS, 1024, 1024))));
    }

    @Test
    void unlearning_ofWhatCannotBe_isRefused() {
        assertThat(problemsOf("eval.unlearning { forget = [elements], retain = [elements] }"))
                .containsExactly(
                        "study.conf:1: eval.unlearning.retain: has nothing to keep while elements is forgotten");
        assertThat(problemsOf("eval.unlearning.question-ids = \"/some/folder\""))
                .containsExactly("study.conf:1: eval.unlearning.question-ids: is for asking = letter only, since a"
                        + " likelihood is not what the lists were made by");
        assertThat(problemsOfOverrides(
                        "eval.unlearning.multipliers=[25, 0]",
                        "eval.unlearning.n-features=[]",
                        "eval.unlearning.gate=1.5",
                        "eval.unlearning.asking=guess"))
                .hasSize(4);
    }

    @Test
    void corporaOfSaeBench_areOfBiologyAlone() {
        for (String biology : List.of("wmdp-bio", "my/wmdp-bio.jsonl")) {
            assertThat(defaults("eval.unlearning.corpora.source=saebench", "eval.unlearning.forget=[" + biology + "]")
                            .eval()
                            .unlearning()
                            .corpora()
                            .source())
                    .isEqualTo(UnlearningConfig.Corpora.SAEBENCH);
        }
        assertThat(problemsOf("eval.unlearning.corpora.source = saebench"))
                .singleElement()
                .asString()
                .contains("study.conf: 1")
                .endsWith("eval.unlearning.corpora: are of wmdp-bio alone where source is saebench, but forget has"
                        + " worldcapitals; set forget to [wmdp-bio], or source to questions");
        assertThat(problemsOf("eval.unlearning.corpora { sequences = 0, context-tokens = 1 }"))
                .hasSize(2);
        assertThat(problemsOf("eval.unlearning.corpora { sequences = 3000000, context-tokens = 1024 }"))
                .containsExactly("study.conf:1: eval.unlearning.corpora.sequences: 3000000 of 1024 tokens are more than"
                        + " 2147483647 tokens");
    }

    @Test
    void dataFolder_isAPathOrNone() {
        assertThat(defaults().eval().saeBenchFolder()).isEmpty();
        assertThat(defaults("eval.data-folder=/data/hub").eval().saeBenchFolder())
                .contains(Path.of("/data/hub"));
        assertThat(problemsOfOverrides("eval.data-folder=\"\""))
                .containsExactly("eval.data-folder: is empty; give a path or none");
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("eval.sparse-probing.k-value = [1]"))
                .containsExactly("study.conf:1: unknown key eval.sparse-probing.k-value;"
                        + " did you mean eval.sparse-probing.k-values?");
    }

    @Test
    void wrongType_isRefused() {
        assertThat(problemsOfOverrides("eval.controls=[random, shuffled]"))
                .containsExactly(
                        "--set eval.controls=[random, shuffled]: eval.controls: \"shuffled\" is none of random, pca, residual");
        assertThat(defaults("eval.controls=[]").eval().controls()).isEmpty();
        assertThat(problemsOf("eval.sparse-probing.k-values = [1, two]"))
                .containsExactly("study.conf:1: eval.sparse-probing.k-values: wants a whole number, but is \"two\"");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOf("eval.evaluations = [core, sparse-probing]"))
                .containsExactly("study.conf:1: eval.evaluations: \"sparse-probing\" is none of core, sparse_probing,"
                        + " scr, tpp, unlearning, mechanisms");
        assertThat(problemsOfOverrides("eval.seed=-3")).hasSize(1);
        assertThat(problemsOfOverrides("eval.core.sequences=0", "eval.core.context-tokens=2"))
                .hasSize(2);
        assertThat(problemsOf("eval.sparse-probing.k-values = [3]"))
                .containsExactly(
                        "study.conf:1: eval.sparse-probing.k-values: 3 is none of the protocol's 1, 2, 5, 10, 20,"
                                + " 50, 100");
        assertThat(problemsOf("eval.sparse-probing { train-texts = 1, test-texts = 1, datasets = [] }"))
                .hasSize(3);
        assertThat(problemsOf("eval.scr-tpp.n-values = [10, 15]"))
                .containsExactly("study.conf:1: eval.scr-tpp.n-values: 15 is none of the protocol's 2, 5, 10, 20, 50,"
                        + " 100, 500");
        assertThat(problemsOf("eval.scr-tpp { scr-test-texts = 1, control-draws = -1, tpp-datasets = [a, a] }"))
                .hasSize(3);
    }
}
