package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that is added has the defaults of reference.conf and its variant, the run's seed, and what its entry says. */
class LateJobsTest {
    private static final RunConfig RUN = ConfigReader.read(
            "quick", List.of("name=run", "seed=7", "jobs=[{ variant = topk, k = 16 }]"), Clock.systemUTC());

    @Test
    void entry_isReadAsOneOfJobs() {
        RunConfig amended = LateJobs.withEntry(RUN, "variant = dynamic-margin\nk = 8\nsimilarity.weight = 0.4");

        JobConfig job = amended.jobs().getLast();
        assertThat(job.name()).isEqualTo("dynamic-margin");
        assertThat(job.seed()).isEqualTo(7);
        assertThat(job.k()).isEqualTo(8);
        assertThat(job.targetL0()).isEqualTo(8);
        assertThat(job.similarity().weight()).isEqualTo(0.4);
        assertThat(amended.jobs()).hasSize(2).startsWith(RUN.jobs().getFirst());
        assertThat(amended.added()).containsExactly("dynamic-margin");
        assertThat(ConfigReader.readResolvedText(ConfigReader.render(amended), "again", List.of()))
                .isEqualTo(amended);
        assertThat(ConfigReader.differences(RUN, amended))
                .containsExactly("added: [] -> [\"dynamic-margin\"]", "jobs.dynamic-margin: is new");
    }

    @Test
    void entryInBraces_isTheSame() {
        assertThat(LateJobs.withEntry(RUN, "{ variant = gated, name = g }")
                        .jobs()
                        .getLast()
                        .name())
                .isEqualTo("g");
    }

    @ParameterizedTest
    @CsvSource({
        "variant = topk, 'there is a job named topk in run run already; give the new one another name'",
        "'variant = topk, name = b, kk = 3', 'unknown key jobs.kk; did you mean'",
        "'variant = topk, name = b, k = 0', 'k: 0 is below the least value 1'",
        "'variant = topk, name = B', 'is not a name'",
        "'variant = topkk', 'is no variant; did you mean topk?'",
        "'k = 3', 'has no variant'",
        "'variant = topk, k = [1, 2]', 'its lists make 2 jobs; add one job at a time'",
        "'variant = contrastive', 'need labelled texts'",
        "'variant = ', 'the entry'",
        "'include \"elsewhere.conf\"', 'is neither a preset nor a file'",
    })
    void entry_thatDoesNotFit_isRefusedWithTheReason(String entry, String problem) {
        assertThatThrownBy(() -> LateJobs.withEntry(RUN, entry))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void added_thatIsNoJob_isRefused() {
        assertThatThrownBy(() -> ConfigReader.read("quick", List.of("added=[nobody]"), Clock.systemUTC()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("added: no job is named nobody");
    }
}
