package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules and hooks as a config has them: what they say, what is refused, and that a run's file keeps them. */
class RuleConfigTest {
    private static RunConfig read(String... overrides) {
        return ConfigReader.read("quick", List.of(overrides), Clock.systemUTC());
    }

    @Test
    void rules_areReadAndWritten() {
        RunConfig run = read("rules=[{ when = \"dead-share > 0.5\", for-steps = 200, then = pause },"
                + " { when = \"dominated by 0.02\", for-steps = 400, then = stop }]");

        assertThat(run.rules())
                .containsExactly(
                        new RuleConfig("dead-share > 0.5", 200, RuleConfig.Action.PAUSE),
                        new RuleConfig("dominated by 0.02", 400, RuleConfig.Action.STOP));
        assertThat(run.rules().getFirst().limit()).contains(new RuleConfig.Limit("dead-share", true, 0.5));
        assertThat(run.rules().getLast().margin()).contains(0.02);
        assertThat(run.rules().getLast().limit()).isEmpty();
        assertThat(ConfigReader.readResolvedText(ConfigReader.render(run), "again", List.of()))
                .isEqualTo(run);
        assertThat(read().rules()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ when = \"dead-shar > 0.5\", for-steps = 2, then = pause } | dead-shar is no metric; did you mean dead-share?",
                "{ when = \"l0\", for-steps = 2, then = pause } | is neither METRIC > NUMBER",
                "{ when = \"l0 > many\", for-steps = 2, then = pause } | is neither METRIC > NUMBER",
                "{ when = \"dominated by -1\", for-steps = 2, then = pause } | nor dominated by NUMBER",
                "{ when = \"l0 > 5\", for-steps = 0, then = pause } | for-steps: 0 is below the least value 1",
                "{ when = \"l0 > 5\", for-steps = 2, then = explode } | \"explode\" is none of pause, stop",
                "{ when = \"l0 > 5\", then = pause } | for-steps: is missing",
                "{ when = \"l0 > 5\", for-steps = 2, do = pause } | unknown key rules.do"
            })
    void rule_thatSaysNothing_isRefused(String rule, String problem) {
        assertThatThrownBy(() -> read("rules=[" + rule + "]"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void hooks_areReadAndWritten() {
        RunConfig run = read("hooks.on=[job-failed, run-ended]", "hooks.command=[\"/bin/notify\", \"-x\"]");

        assertThat(run.hooks().on()).containsExactly(HooksConfig.Event.JOB_FAILED, HooksConfig.Event.RUN_ENDED);
        assertThat(run.hooks().command()).containsExactly("/bin/notify", "-x");
        assertThat(ConfigReader.readResolvedText(ConfigReader.render(run), "again", List.of()))
                .isEqualTo(run);
        assertThat(read().hooks().any()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hooks.on=[run-ended]        | neither command nor webhook",
                "hooks.on=[all]              | \"all\" is none of job-failed, node-lost, run-ended, rule-held",
                "hooks.webhook=ftp://host/x  | is no address of the form http://HOST/PATH",
                "hooks.webhook=nonsense      | is no address of the form",
                "hooks.timeout=0 s           | is not above 0"
            })
    void hooks_thatTellNobody_areRefused(String override, String problem) {
        assertThatThrownBy(() -> read(override.strip()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(problem);
    }
}
