package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;

/** Pins the block exchange and the keys by which a job takes part in it: their defaults, and what is refused. */
class ExchangeConfigTest {
    private static JobConfig job(String variant, String... overrides) {
        return Readings.text(
                        "labelled.set = review-domain-sentiment\njobs = [{ variant = " + variant + " }]", overrides)
                .jobs()
                .get(0);
    }

    @Test
    void defaults_areThoseOfReference() {
        assertThat(defaults().exchange()).isEqualTo(new ExchangeConfig(20, true, 0.02, ""));
    }

    @Test
    void keys_thatAreSet_areTaken() {
        assertThat(defaults(
                                "exchange.every-steps=1",
                                "exchange.repeatable=false",
                                "exchange.delay-share=0.5",
                                "exchange.replay=/runs/before")
                        .exchange())
                .isEqualTo(new ExchangeConfig(1, false, 0.5, "/runs/before"));
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("exchange.every-step = 2"))
                .containsExactly("study.conf:1: unknown key exchange.every-step; did you mean exchange.every-steps?");
    }

    @Test
    void wrongType_isRefused() {
        assertThat(problemsOfOverrides("exchange.repeatable=maybe"))
                .singleElement()
                .asString()
                .startsWith("exchange.repeatable: wants true or false");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("exchange.every-steps=0"))
                .containsExactly("exchange.every-steps: 0 is below the least value 1");
        assertThat(problemsOfOverrides("exchange.delay-share=0.6"))
                .containsExactly("exchange.delay-share: 0.6 is outside 0.0 to 0.5");
        assertThat(problemsOfOverrides("exchange.delay-share=-0.1"))
                .containsExactly("exchange.delay-share: -0.1 is outside 0.0 to 0.5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluator", "both"})
    void percentileThatEvaluatorsDoNotTell_isRefused(String source) {
        assertThat(problemsOfOverrides("job.attribution.percentile=0.9", "job.attribution.source=" + source))
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem)
                        .contains(
                                "percentile: 0.9 is not 0.85, the percentile that evaluators tell; keep to it, or take"
                                        + " source = probe"));
        assertThat(new AttributionConfig(AttributionSource.PROBE, 0.95, 0.9, 0.01, 0.001).percentile())
                .isEqualTo(0.9);
    }

    @Test
    void job_awaitsAttribution_onlyWithALabelledTermAndAnEvaluatorForIt() {
        assertThat(job("attribution-adversarial").awaitsAttribution()).isFalse();
        assertThat(job("self-aligned").attribution().source()).isEqualTo(AttributionSource.EVALUATOR);
        assertThat(job("self-aligned").awaitsAttribution()).isTrue();
        assertThat(job("contrastive", "job.attribution.source=evaluator").awaitsAttribution())
                .isTrue();
        assertThat(job("contrastive", "job.attribution.source=both").awaitsAttribution())
                .isTrue();
        assertThat(job("baseline", "job.attribution.source=both").awaitsAttribution())
                .isFalse();
    }

    @Test
    void job_poolsStatistics_onlyWithTheTermAndTheSource() {
        assertThat(job("dynamic-margin").poolsStatistics()).isFalse();
        assertThat(job("dynamic-margin", "job.similarity.source=pooled").poolsStatistics())
                .isTrue();
        assertThat(job("topk", "job.similarity.source=pooled").poolsStatistics())
                .isFalse();
    }
}
