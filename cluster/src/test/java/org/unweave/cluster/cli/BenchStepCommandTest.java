package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.sae.variant.Variants;

/**
 * Pins the line of {@code bench step --json}, which scripts read, and that every variant is timed in the state it stays in:
 * with about k active latents.
 */
class BenchStepCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String line) {
        return Unweave.execute(line.split(" "), new PrintWriter(out, true), new PrintWriter(err, true));
    }

    static Set<String> variants() {
        return Variants.names();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void json_everyVariant_isOneLineWithAllThatWasMeasured(String variant) throws IOException {
        String sizes = " --rows 128 --width 16 --features 96 --k 8 --threads 2 --steps 3";
        assertThat(execute("bench step --json --variant " + variant + sizes)).isZero();

        assertThat(out.toString().lines()).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.fieldNames())
                .toIterable()
                .containsExactly(
                        "variant",
                        "rows",
                        "width",
                        "features",
                        "k",
                        "threads",
                        "l0",
                        "step_ms",
                        "sgemm_ms",
                        "phases_ms",
                        "peak_bytes",
                        "first_peak_bytes");
        assertThat(line.get("variant").asText()).isEqualTo(variant);
        assertThat(Stream.of("rows", "width", "features", "k", "threads")
                        .map(key -> line.get(key).asInt()))
                .containsExactly(128, 16, 96, 8, 2);
        assertThat(line.get("l0").asDouble()).isBetween(6.0, 10.0);
        for (String times : new String[] {"step_ms", "sgemm_ms"}) {
            double least = line.get(times).get("min").asDouble();
            assertThat(line.get(times).get("median").asDouble()).isGreaterThanOrEqualTo(least);
        }
        assertThat(line.get("step_ms").get("min").asDouble()).isPositive();
        assertThat(line.get("phases_ms").fieldNames()).toIterable().contains("encode", "featureRows", "adam", "other");
        for (String peak : new String[] {"peak_bytes", "first_peak_bytes"}) {
            assertThat(line.get(peak).asLong())
                    .as("%s, more than both gradients of [F, D]", peak)
                    .isGreaterThan(2 * 96 * 16 * Float.BYTES);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--variant topkk        | is no variant",
                "--features 64 --k 65   | is more than the 64 features",
                "--k=-1                 | job.k",
                "--rows 0               | --rows is 0",
                "--threads=-1           | --threads is -1"
            })
    void arguments_thatCannotBe_areNamed(String arguments, String message) {
        assertThat(execute("bench step " + arguments)).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void bench_withoutAPart_saysWhichThereAre() {
        assertThat(execute("bench")).isEqualTo(2);
        assertThat(err.toString()).contains("bench step");
    }
}
