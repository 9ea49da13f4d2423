package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The past is read from a run's files, however torn they are, and never from anywhere else. */
class HistoryRoutesTest {
    @TempDir
    private Path folder;

    private final TestServer server = new TestServer();
    private URI node = URI.create("");

    @BeforeEach
    void start() throws Exception {
        Path run = folder.resolve("runs/r");
        write(run.resolve("jobs/topk/metrics.jsonl"), lines());
        write(run.resolve("jobs/standard/metrics.jsonl"), "");
        Files.createDirectories(run.resolve("jobs/begun"));
        write(
                run.resolve("run.conf"),
                "seed = 1\ntrain { rows = 64 }\njobs = ["
                        + "{ name = topk, variant = topk, k = 8, aux-k { weight = 0.1 } }, { name = standard, variant = standard, k = 8 }]\n");
        String report = "{\"eval_result_metrics\":{\"core\":{\"l0\":3.5}},\"eval_result_details\":[]}";
        write(run.resolve("evals/core/r_topk_30_custom_sae_eval_results.json"), report);
        write(run.resolve("evals/core/r_random-control_0_custom_sae_eval_results.json"), report);
        write(run.resolve("evals/tpp/r_topk_30_seed4_custom_sae_eval_results.json"), report);
        write(run.resolve("evals/tpp/r_topk_60_custom_sae_eval_results.json"), report.substring(0, 20));
        write(folder.resolve("outside/metrics.jsonl"), lines());
        write(folder.resolve("outside/evals/core/r_topk_30_custom_sae_eval_results.json"), report);
        Files.createSymbolicLink(folder.resolve("runs/link"), folder.resolve("outside"));
        node = server.start(null, null, List.of(), HistoryRoutes.of(folder.resolve("runs")))
                .address();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    // A resumed job's: it went back from 40 to 30; and the last line is being written.
    private static String lines() {
        StringBuilder text = new StringBuilder();
        for (int step : new int[] {10, 20, 30, 40, 35, 45}) {
            text.append("{\"split\":\"train\",\"step\":")
                    .append(step)
                    .append(",\"loss\":")
                    .append(1.0 / step);
            text.append(",\"terms\":{\"auxk\":")
                    .append(step == 20 ? "null" : "0.5")
                    .append("}}\n");
        }
        text.append("{\"split\":\"held-out\",\"step\":30,\"loss\":7}\n");
        return text.append("{\"split\":\"train\",\"st").toString();
    }

    private JsonNode get(String path) {
        try (ControlClient client = TestServer.client(node)) {
            return client.get("/api/v1/runs/" + path);
        }
    }

    private static List<Double> values(JsonNode list) {
        List<Double> values = new ArrayList<>();
        list.forEach(value -> values.add(value.asDouble()));
        return values;
    }

    @Test
    void curves_areReadFromWhateverIsThere() {
        JsonNode answer = get("r/metrics?series=loss,terms.auxk,terms.other");
        assertThat(answer.path("split").asText()).isEqualTo("train");
        assertThat(answer.path("jobs").findValuesAsText("job")).containsExactly("standard", "topk");
        JsonNode topk = answer.path("jobs").get(1);
        assertThat(values(topk.path("series").path("loss").path("step"))).containsExactly(10.0, 20.0, 30.0, 35.0, 45.0);
        assertThat(values(topk.path("series").path("loss").path("value"))).startsWith(0.1, 0.05);
        assertThat(values(topk.path("series").path("terms.auxk").path("step"))).containsExactly(10.0, 30.0, 35.0, 45.0);
        assertThat(topk.path("series").path("terms.other").path("step").isEmpty())
                .isTrue();
        assertThat(topk.path("available").toString()).isEqualTo("[\"loss\",\"terms.auxk\"]");
        assertThat(answer.path("jobs")
                        .get(0)
                        .path("series")
                        .path("loss")
                        .path("step")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void curves_areOfASplit_ofAJob_andThinned() {
        JsonNode heldOut = get("r/metrics?split=held-out&job=topk");
        assertThat(heldOut.path("jobs")).hasSize(1);
        assertThat(values(
                        heldOut.path("jobs").get(0).path("series").path("loss").path("value")))
                .containsExactly(7.0);
        JsonNode thinned = get("r/metrics?job=topk&points=3");
        assertThat(values(
                        thinned.path("jobs").get(0).path("series").path("loss").path("step")))
                .hasSize(3)
                .startsWith(10.0)
                .endsWith(45.0);
    }

    @Test
    void results_areThoseThatAreWhole() {
        JsonNode results = get("r/results").path("results");
        assertThat(results).hasSize(3);
        assertThat(results.findValuesAsText("sae")).containsExactly("random-control", "topk", "topk");
        JsonNode topk = results.get(1);
        assertThat(topk.path("evaluation").asText()).isEqualTo("core");
        assertThat(topk.path("step").asInt()).isEqualTo(30);
        assertThat(topk.path("control").asBoolean()).isFalse();
        assertThat(topk.has("seed")).isFalse();
        assertThat(topk.path("metrics").path("core").path("l0").asDouble()).isEqualTo(3.5);
        assertThat(results.get(0).path("control").asBoolean()).isTrue();
        assertThat(results.get(2).path("seed").asInt()).isEqualTo(4);
    }

    @Test
    void config_saysInWhatTheJobsDiffer() {
        JsonNode config = get("r/config");
        assertThat(config.path("differ").toString()).isEqualTo("[\"aux-k.weight\",\"variant\"]");
        assertThat(config.path("jobs").get(0).path("job").asText()).isEqualTo("topk");
        assertThat(config.path("jobs")
                        .get(0)
                        .path("config")
                        .path("aux-k")
                        .path("weight")
                        .asDouble())
                .isEqualTo(0.1);
        assertThat(config.path("config").path("train").path("rows").asInt()).isEqualTo(64);
        assertThat(config.path("config").has("jobs")).isFalse();
        assertThat(config.path("text").asText()).startsWith("seed = 1");
    }

    @Test
    void config_thatIsNotThereOrBroken_isSaid() throws Exception {
        Files.delete(folder.resolve("runs/r/run.conf"));
        refused("r/config", 404, "has no run.conf yet");
        write(folder.resolve("runs/r/run.conf"), "jobs = {");
        refused("r/config", 404, "cannot be read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "other/metrics                     | 404 | has none that is named other",
                "%2e%2e/metrics                    | 404 | ",
                "..%2Foutside/metrics              | 404 | has none that is named ../outside",
                "link/config                       | 404 | has none that is named",
                "link/results                      | 404 | has none that is named",
                "r/metrics?job=topk,gone           | 404 | no job of r is named gone; there are [begun, standard, topk]",
                "r/metrics?job=..                  | 404 | no job of r is named ..",
                "r/metrics?series=loss,secret      | 400 | series has \\\"secret\\\", and there are loss",
                "r/metrics?points=1                | 400 | must be a whole number from 2 to 5000",
                "r/metrics?points=99999999999      | 400 | must be a whole number from 2 to 5000",
                "r/metrics?split=both              | 400 | must be one of train, held-out",
                "r/metrics?serie=loss              | 400 | there is no parameter \\\"serie\\\"; there are job, series",
                "r/results?points=3                | 400 | none is taken here",
                "r/metrics?series=,                | 400 | series has an empty value",
            })
    void requests_thatAreWrong_areRefusedWithTheReason(String path, int status, String words) throws Exception {
        refused(path.strip(), status, words == null ? "" : words);
    }

    private void refused(String path, int status, String words) throws Exception {
        String answer = RawHttp.exchange(node, "GET /api/v1/runs/" + path + " HTTP/1.1|Host: " + node.getAuthority());
        assertThat(RawHttp.status(answer)).as(answer).isEqualTo(status);
        assertThat(RawHttp.body(answer)).startsWith("{\"error\":\"").contains(words);
    }

    @Test
    void answers_areBounded() throws Exception {
        List<String> series = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            series.add("terms.t" + i);
        }
        // 3 jobs x 64 series x 5000 points
        refused("r/metrics?points=5000&series=" + String.join(",", series), 400, "are too much for one answer");
        assertThat(get("r/metrics?points=500&series=" + String.join(",", series))
                        .path("jobs"))
                .hasSize(2);
        refused("r/metrics?series=loss," + String.join(",", series), 400, "series has 65 values, and may have 64");
    }
}
