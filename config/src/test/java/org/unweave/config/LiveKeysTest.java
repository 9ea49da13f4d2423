package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What may change while a job trains, what that comes to, and how all else is refused. */
class LiveKeysTest {
    private static final JobConfig TOPK = ConfigReader.job("topk", List.of("job.k=32"));

    static List<String> variants() {
        return ConfigReader.variants();
    }

    private static JobConfig changed(JobConfig job, String... keysAndValues) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return LiveKeys.changed(job, values);
    }

    @Test
    void value_isTakenAsText_andIncludesOrResolvesNothing() {
        for (String value : List.of("{ include url(\"http://127.0.0.1:1/x\") }", "\"a\"${PATH}", "[1, 2]")) {
            assertThatThrownBy(() -> changed(TOPK, "k", value))
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageContaining(value);
        }
    }

    @Test
    void keys_areKeysOfAJob_andNumbers() {
        assertThat(Keys.leaves(JobConfig.class, "")).containsAll(LiveKeys.ALL);
        assertThat(LiveKeys.ALL)
                .allSatisfy(key -> assertThat(LiveKeys.value(TOPK, key)).isNotNegative());
    }

    @ParameterizedTest
    @MethodSource("variants")
    void change_ofWhatEveryJobHas_leavesAllElseAsItIs(String variant) {
        JobConfig job = ConfigReader.job(variant, List.of());

        JobConfig changed = changed(job, "learning-rate", "2e-4", "gradient-clip", "0.5");

        assertThat(changed.learningRate()).isEqualTo(2e-4);
        assertThat(changed.gradientClip()).isEqualTo(0.5);
        assertThat(changed(
                        changed,
                        "learning-rate",
                        String.valueOf(job.learningRate()),
                        "gradient-clip",
                        String.valueOf(job.gradientClip())))
                .isEqualTo(job);
    }

    @Test
    void targetL0_goesAlongWithK_whereTheTwoAreTheSame() {
        assertThat(changed(TOPK, "k", "64"))
                .extracting(JobConfig::k, JobConfig::targetL0)
                .containsExactly(64, 64.0);
        JobConfig apart = ConfigReader.job("topk", List.of("job.k=32", "job.target-l0=20"));
        assertThat(changed(apart, "k", "64"))
                .extracting(JobConfig::k, JobConfig::targetL0)
                .containsExactly(64, 20.0);
    }

    @Test
    void termsWeights_changeWhereTheTermIsThere() {
        JobConfig job = ConfigReader.job("contrastive", List.of());

        JobConfig changed = changed(
                job,
                "similarity.weight",
                "0.5",
                "similarity.deviations",
                "1.5",
                "adversarial.weight",
                "1",
                "orthogonality.weight",
                "0.2",
                "contrastive.weight",
                "0.1",
                "aux-k.weight",
                "0.25");

        assertThat(changed.similarity().weight()).isEqualTo(0.5);
        assertThat(changed.similarity().deviations()).isEqualTo(1.5);
        assertThat(changed.adversarial().weight()).isEqualTo(1);
        assertThat(changed.orthogonality().weight()).isEqualTo(0.2);
        assertThat(changed.contrastive().weight()).isEqualTo(0.1);
        assertThat(changed.auxK().weight()).isEqualTo(0.25);
    }

    @ParameterizedTest
    @CsvSource({
        "topk, learning-rate, -1, set learning-rate=-1: learning-rate: -1.0 is not above 0",
        "topk, learning-rate, fast, 'wants a number, but is \"fast\"'",
        "topk, k, 0, set k=0: k: 0 is below the least value 1",
        "topk, k, 5000, k: 5000 is more than the 4096 features there are",
        "topk, k, 1.5, wants a whole number",
        "topk, features, 64, features is fixed while a job trains; keys that may change: learning-rate",
        "topk, adam-beta1, 0.5, adam-beta1 is fixed",
        "topk, learningrate, 1, unknown key learningrate; did you mean learning-rate?",
        "topk, target-l0, 5, 'target-l0 has no effect in topk: it keeps k latents a row; set k'",
        "topk, sparsity.gain, 1, it has no penalty that is steered",
        "topk, jump.weight, 1, it has no learned thresholds",
        "topk, similarity.weight, 1, topk takes no such term",
        "standard, k, 5, it keeps no number of latents; set target-l0",
        "standard, aux-k.weight, 1, it has no such term",
        "baseline, similarity.weight, 1, 'similarity.weight is 0, so it has no such term'",
        "baseline, adversarial.floor, 0.2, 'adversarial.weight is 0, so it has no such term'",
        "dynamic-margin, similarity.weight, 0, 0 leaves the term out",
        "dynamic-margin, similarity.deviations, -1, similarity.deviations: -1.0 is below 0",
    })
    void whatCannotBe_isRefusedWithTheReason(String variant, String key, String value, String problem) {
        JobConfig job = ConfigReader.job(variant, List.of());

        assertThatThrownBy(() -> changed(job, key, value))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void allProblems_areToldAtOnce() {
        assertThatThrownBy(() -> changed(TOPK, "features", "1", "jump.weight", "2"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContainingAll("features is fixed", "jump.weight has no effect");
        assertThatThrownBy(() -> LiveKeys.changed(TOPK, Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("wants key=value");
    }

    @Test
    void constantPenalty_isNotSteered() {
        JobConfig job = ConfigReader.job(
                "standard",
                List.of(
                        "job.compatibility=dictionary-learning",
                        "job.dictionary-learning.warmup-steps=1",
                        "job.dictionary-learning.sparsity-warmup-steps=1",
                        "job.dictionary-learning.threshold-from-step=1"));

        assertThatThrownBy(() -> changed(job, "target-l0", "5"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("its penalty is constant");
        assertThat(changed(job, "sparsity.initial", "0.1").sparsity().initial()).isEqualTo(0.1);
    }
}
