package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins what {@code unweave bench eval} prints, and that both ways of ablating give the same scores; no time is looked at. */
class BenchEvalTest {
    private static final String[] SIZES = {
        "data.tokens=4000",
        "eval.scr-tpp.scr-train-texts=3",
        "eval.scr-tpp.scr-test-texts=3",
        "eval.scr-tpp.tpp-train-texts=4",
        "eval.scr-tpp.tpp-test-texts=4",
        "eval.scr-tpp.context-tokens=12",
        "eval.scr-tpp.n-values=[2, 10]",
        "eval.scr-tpp.control-draws=2",
        "eval.scr-tpp.interval-draws=5"
    };

    @TempDir
    private static Path folder;

    private static List<String> overrides = List.of();

    @BeforeAll
    static void write() throws IOException {
        overrides = SmallInputs.write(folder).overrides(SIZES);
        overrides.add("cache=" + Caches.withBundle(folder.resolve("cache")));
    }

    private static CommandLine bench(String... more) {
        List<String> arguments = new ArrayList<>(List.of("bench", "eval", "smoke"));
        overrides.forEach(override -> arguments.addAll(List.of("--set", override)));
        arguments.addAll(List.of(more));
        return CommandLine.execute(arguments.toArray(String[]::new));
    }

    @Test
    void json_isOneLineWithAllThatWasMeasured_andBothWaysAgree() throws IOException {
        CommandLine done = bench("--features", "64", "--k", "8", "--saes", "2", "--json");

        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.out().lines()).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(done.out());
        assertThat(line.fieldNames())
                .toIterable()
                .containsExactly(
                        "features",
                        "k",
                        "threads",
                        "saes",
                        "shared_s",
                        "closed_form_s",
                        "literal_s",
                        "speedup",
                        "all_saes_s",
                        "growth",
                        "largest_difference");
        assertThat(line.path("features").asInt()).isEqualTo(64);
        assertThat(line.path("k").asInt()).isEqualTo(8);
        assertThat(line.path("saes").asInt()).isEqualTo(2);
        assertThat(line.path("threads").asInt()).isPositive();
        assertThat(line.path("largest_difference").asDouble()).isBetween(0.0, 1e-9);
        double shared = line.path("shared_s").asDouble();
        double closed = line.path("closed_form_s").asDouble();
        assertThat(line.path("speedup").asDouble())
                .isCloseTo(line.path("literal_s").asDouble() / closed, within(1e-9));
        assertThat(line.path("growth").asDouble())
                .isCloseTo((shared + line.path("all_saes_s").asDouble()) / (shared + closed), within(1e-9));
    }

    @Test
    void text_hasALineForEachFigure() {
        CommandLine done = bench("--features", "64", "--k", "8", "--saes", "1");

        assertThat(done.exitCode()).as(done.err()).isZero();
        List<String> lines = done.out().lines().toList();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0)).matches("scr and tpp: F 64, k 8, \\d+ threads");
        assertThat(lines.get(1)).matches("activations and probes, once for all SAEs +\\d+\\.\\d\\d s");
        assertThat(lines.get(2)).matches("closed form, an SAE \\(median, whole reports\\) +\\d+\\.\\d\\d s");
        assertThat(lines.get(3)).matches("literal, an SAE \\(scores alone\\) +\\d+\\.\\d\\d s");
        assertThat(lines.get(4)).matches("literal / closed form +\\d+\\.\\d");
        assertThat(lines.get(5)).matches("1 SAEs +\\d+\\.\\d\\d s, \\d+\\.\\d\\d times one with the shared part");
        assertThat(lines.get(6)).matches("largest difference of a score +\\d\\.\\de[+-]\\d\\d");
    }

    @Test
    void arguments_thatCannotBe_areNamed() {
        for (String[] wrong : new String[][] {{"--features", "64", "--k", "65"}, {"--k", "0"}, {"--saes", "0"}}) {
            CommandLine refused = bench(wrong);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).contains("--k wants 1 to --features, and --saes at least 1");
            assertThat(refused.out()).isEmpty();
        }
    }
}
