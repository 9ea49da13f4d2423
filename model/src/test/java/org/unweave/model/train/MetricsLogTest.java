package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.sae.LossTerms;

/** A log has a line for each measurement, and after an interruption those up to the step that counts, whole. */
class MetricsLogTest {
    @TempDir
    Path folder;

    private Path file = Path.of("metrics.jsonl");

    @BeforeEach
    void makeLog() {
        file = folder.resolve("jobs/topk/metrics.jsonl");
        MetricsLog log = new MetricsLog(file, 0);
        for (long step = 10; step <= 40; step += 10) {
            log.append(line("train", step));
        }
    }

    private static MetricsLog.Line line(String split, long step) {
        LossTerms loss = new LossTerms(
                0.5,
                Map.of("reconstruction", 0.4, "aux_k", 0.1),
                Map.of("aux_k", 0.03),
                Map.of("margin", 1.5),
                4,
                0.75,
                0.125);
        return new MetricsLog.Line(split, step, step * 64, step / 8.0, loss, 1e-3, 512.25, Map.of());
    }

    private static long step(String line) throws IOException {
        return new ObjectMapper().readTree(line).get("step").asLong();
    }

    @Test
    void line_saysWhatWasMeasured() throws IOException {
        JsonNode json = new ObjectMapper().readTree(Files.readAllLines(file).get(1));
        assertThat(json).isEqualTo(new ObjectMapper().readTree("""
                                {"split": "train", "step": 20, "rows": 1280, "wall_s": 2.5, "loss": 0.5,
                                 "terms": {"aux_k": 0.1, "reconstruction": 0.4},
                                 "term_gradient_share": {"aux_k": 0.03}, "curves": {"margin": 1.5},
                                 "l0": 4.0, "variance_explained": 0.75, "dead_share": 0.125, "lr": 0.001,
                                 "rows_per_second": 512.25}
                                """));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 25, 40, 41})
    void reopened_keepsTheLinesUpToItsStep(long at) throws IOException {
        MetricsLog log = new MetricsLog(file, at);
        assertThat(Files.readAllLines(file)).hasSize((int) Math.min(4, at / 10));
        for (String line : Files.readAllLines(file)) {
            assertThat(step(line)).isLessThanOrEqualTo(at);
        }
        assertThat(log.lastWallSeconds()).isEqualTo(Math.min(40, at / 10 * 10) / 8.0);
        assertThat(log.lastRowsPerSecond()).isEqualTo(at < 10 ? 0 : 512.25);
        log.append(line("held-out", at));
        assertThat(Files.readAllLines(file).getLast()).contains("held-out");
    }

    @Test
    void everyTearOfTheLastLine_losesThatLineAlone() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int start = String.join("\n", Files.readAllLines(file).subList(0, 3)).length() + 1;
        for (int bytes = start; bytes < whole.length - 1; bytes++) {
            Files.write(file, Arrays.copyOf(whole, bytes));
            new MetricsLog(file, 100).append(line("train", 50));
            assertThat(Files.readAllLines(file)).hasSize(4);
            assertThat(step(Files.readAllLines(file).get(2))).isEqualTo(30);
            assertThat(step(Files.readAllLines(file).get(3))).isEqualTo(50);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0\0\0\0", "{\"step\": 7, \"split\": \"tr\u00e4", "\n\n"})
    void rubbishAtTheEnd_isCutOff(String rubbish) throws IOException {
        Files.write(file, rubbish.getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.APPEND);
        new MetricsLog(file, 100);
        assertThat(Files.readAllLines(file)).hasSize(4);
    }

    /** It had made sure that it may write, and was held up just then. */
    @Test
    void line_ofAnEarlierWriter_isNotWritten_whereALaterHasOpenedTheLog() throws IOException {
        MetricsLog earlier = new MetricsLog(file, 40, () -> new MetricsLog(file, 40));
        earlier.append(line("train", 50));
        assertThat(Files.readAllLines(file)).hasSize(4);
    }
}
