package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.RunFolder;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/** Pins what a whole run on the real bundle does, prints and leaves behind, and that its numbers mean something. */
class RunTest {
    private static final List<String> JOBS = List.of("dynamic-margin", "standard", "topk");
    private static final List<String> EVALUATIONS = List.of("core", "sparse_probing", "scr", "tpp");
    private static final String CONTROL = "random-control";
    private static final int STEPS = 60;
    private static final List<String> SIZES = List.of(
            "model.hook=blocks.4.hook_resid_post",
            "data.tokens=6000",
            "train.rows=7680",
            "job.features=256",
            "train.metrics-every-steps=2",
            "eval.core.sequences=4",
            "eval.sparse-probing.datasets=[ag-news, amazon-sentiment]",
            "eval.sparse-probing.train-texts=24",
            "eval.sparse-probing.test-texts=24");

    @TempDir
    private static Path folder;

    private static RunProcess process;
    private static int exitCode;
    private static RunResults results;

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        Path cache = Caches.withBundle(folder.resolve("cache"));
        process = RunProcess.start(
                folder,
                Map.of("UNWEAVE_COMMIT", "abc123"),
                CommandLine.smoke("one", folder.resolve("runs"), cache, SIZES));
        exitCode = process.end();
        results = new RunResults(folder.resolve("runs/one"));
    }

    @AfterAll
    static void end() {
        process.close();
    }

    private static RunConfig config() {
        return RunFolder.configOf(results.folder().toString(), Path.of("runs"), List.of());
    }

    @Test
    void process_endsWithTableAndPathOfTheReport() {
        assertThat(exitCode).as(process.toString()).isZero();
        assertThat(process.out())
                .contains("Results of one")
                .contains("top-1  top-2  top-5")
                .containsPattern("took \\d+:\\d\\d, report: " + results.folder().resolve("report.html"));
        for (String row : List.of("topk", "standard", "dynamic-margin", CONTROL, "model (no SAE)")) {
            assertThat(process.out().lines().filter(line -> line.startsWith(row)))
                    .as(row)
                    .isNotEmpty();
        }
    }

    @Test
    void process_tellsHowFarItIsInPlainLines() {
        assertThat(process.err())
                .contains("run one in " + results.folder())
                .contains("harvest activations 100% 7,024 of 7,024 tokens")
                .contains("training 100% 23,040 of 23,040 rows")
                .contains("evaluation 100% 4 of 4 checkpoints")
                .doesNotContain("\u001b")
                .doesNotContain("ERROR ");
        assertThat(process.err().lines().filter(line -> line.contains("WARN ")))
                .as("a warning for each job, whose features are fewer than dimensions")
                .hasSize(JOBS.size())
                .allMatch(line -> line.contains(" has 256 features for activations of width 576"));
    }

    @Test
    void folder_holdsConfigAndProvenance() {
        assertThat(ConfigReader.readResolved(results.folder().resolve("run.conf")))
                .isEqualTo(config());
        JsonNode provenance = results.json("provenance.json");
        assertThat(provenance.path("commit").asText()).isEqualTo("abc123");
        assertThat(provenance.path("model").asText()).contains("SmolLM2-135M");
        assertThat(provenance.path("model_sha256").asText()).hasSize(64);
        assertThat(provenance.path("corpus_sha256").asText()).hasSize(64);
        assertThat(provenance.path("hook").asText()).isEqualTo("blocks.4.hook_resid_post");
        assertThat(provenance.path("stored_rows").asLong()).isEqualTo(6000);
        assertThat(provenance.path("median_norm").asDouble()).isPositive();
    }

    @Test
    void folder_holdsTheLogAndNothingHalfWritten() throws IOException {
        assertThat(results.folder().resolve("unweave.log"))
                .content()
                .contains("job=topk begins at step 0 of " + STEPS)
                .doesNotContain(" ERROR ");
        assertThat(results.folder().resolve("unweave.log"))
                .content()
                .satisfies(log -> assertThat(log.lines().filter(line -> line.contains(" WARN ")))
                        .allMatch(line -> line.contains(" has 256 features for ")));
        try (Stream<Path> all = Files.walk(results.folder())) {
            assertThat(all.map(path -> String.valueOf(path.getFileName())))
                    .filteredOn(name -> name.startsWith("."))
                    .containsExactly(".lock");
        }
    }

    @Test
    void metrics_ofEachJob_haveEveryLineOnceWithEveryKey() {
        assertThat(results.jobs()).isEqualTo(JOBS);
        for (String job : JOBS) {
            Set<String> seen = new HashSet<>();
            for (JsonNode line : results.metrics(job)) {
                List<String> keys = new ArrayList<>();
                line.fieldNames().forEachRemaining(keys::add);
                assertThat(keys)
                        .containsExactlyInAnyOrder(
                                "split",
                                "step",
                                "rows",
                                "wall_s",
                                "loss",
                                "terms",
                                "term_gradient_share",
                                "curves",
                                "l0",
                                "variance_explained",
                                "dead_share",
                                "lr",
                                "rows_per_second");
                assertThat(seen.add(line.path("split").asText() + line.path("step")))
                        .isTrue();
                assertThat(line.path("rows").asLong())
                        .isEqualTo(128 * line.path("step").asLong());
                assertThat(line.path("terms").path("reconstruction").asDouble()).isPositive();
            }
            assertThat(results.metrics(job, "train")).hasSize(STEPS / 2);
            assertThat(results.metrics(job, "held-out"))
                    .extracting(line -> line.path("step").asInt())
                    .containsExactly(12, 24, 36, 48, 60);
        }
    }

    @Test
    void training_ofEachJob_learns() {
        for (String job : JOBS) {
            List<JsonNode> lines = results.metrics(job, "train");
            assertThat(mean(lines.subList(STEPS / 2 - 5, STEPS / 2)))
                    .as(job)
                    .isLessThan(0.85 * mean(lines.subList(0, 5)));
            JsonNode last = results.metrics(job, "held-out").getLast();
            assertThat(last.path("variance_explained").asDouble()).as(job).isBetween(0.2, 0.999);
            assertThat(last.path("dead_share").asDouble()).as(job).isBetween(0.0, 0.5);
        }
        for (String job : List.of("topk", "dynamic-margin")) {
            assertThat(results.metrics(job))
                    .allSatisfy(line -> assertThat(line.path("l0").asDouble()).isCloseTo(16, within(1e-9)));
        }
        List<JsonNode> standard = results.metrics("standard", "train");
        assertThat(standard.getLast().path("l0").asDouble())
                .isBetween(1.0, 0.8 * standard.getFirst().path("l0").asDouble());
    }

    private static double mean(List<JsonNode> lines) {
        return lines.stream()
                .mapToDouble(line -> line.path("loss").asDouble())
                .average()
                .orElseThrow();
    }

    @Test
    void checkpoints_ofEachJob_areTheNewestWithStateAndProvenance() throws IOException {
        for (String job : JOBS) {
            assertThat(results.checkpoints(job)).containsExactly("000000048", "000000060");
            JsonNode manifest = results.json("jobs/" + job + "/checkpoints/000000060/manifest.json");
            assertThat(manifest.path("stateSha256").asText()).hasSize(64);
            assertThat(manifest.path("provenance").path("commit").asText()).isEqualTo("abc123");
            assertThat(manifest.path("provenance").path("model_sha256").asText())
                    .hasSize(64);
            Path state = results.folder().resolve("jobs/" + job + "/checkpoints/000000060/state.safetensors");
            assertThat(Files.size(state)).isEqualTo(manifest.path("stateBytes").asLong());
            assertThat(results.json("jobs/" + job + "/state.json").path("state").asText())
                    .isEqualTo("done");
            assertThat(results.json("jobs/" + job + "/features.json").path("density"))
                    .hasSize(256);
        }
    }

    @Test
    void reports_ofEveryEvaluation_areInSaeBenchsSchemaWithTheControlBeside() {
        for (String evaluation : EVALUATIONS) {
            assertThat(results.reports(evaluation)).hasSize(4);
            for (String job : List.of("topk", "standard", "dynamic-margin", CONTROL)) {
                JsonNode report = results.report(evaluation, job, job.equals(CONTROL) ? 0 : STEPS);
                assertThat(report.path("eval_type_id").asText()).isEqualTo(evaluation);
                for (String key : List.of(
                        "eval_config",
                        "eval_id",
                        "datetime_epoch_millis",
                        "eval_result_metrics",
                        "eval_result_details",
                        "sae_bench_commit_hash",
                        "sae_lens_id",
                        "sae_lens_release_id",
                        "sae_lens_version",
                        "sae_cfg_dict")) {
                    assertThat(report.has(key)).as(evaluation + " " + key).isTrue();
                }
                assertThat(report.path("sae_cfg_dict").path("d_sae").asInt()).isEqualTo(256);
                assertThat(report.path("sae_cfg_dict").path("hook_name").asText())
                        .isEqualTo("blocks.4.hook_resid_post");
            }
        }
        JsonNode sizes = results.report("sparse_probing", "topk", STEPS).path("eval_config");
        assertThat(sizes.path("probe_train_set_size").asInt()).isEqualTo(48);
        assertThat(sizes.path("k_values")).extracting(JsonNode::asInt).containsExactly(1, 2, 5);
        assertThat(results.report("core", "topk", STEPS)
                        .path("eval_config")
                        .path("sequences")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void crossEntropy_ofTrainedSaes_isRecoveredBetterThanByTheControl() {
        double control = recovered(CONTROL, 0);
        for (String job : List.of("topk", "dynamic-margin")) {
            assertThat(recovered(job, STEPS)).as(job).isBetween(control + 0.02, 1.0);
        }
        JsonNode losses = metrics("core", "topk", STEPS).path("model_performance_preservation");
        double without = losses.path("ce_loss_without_sae").asDouble();
        double ablated = losses.path("ce_loss_with_ablation").asDouble();
        // A language model on English, and one that knows nothing: ln of its vocabulary of 49,152.
        assertThat(without).isBetween(2.0, 4.5);
        assertThat(ablated).isBetween(Math.log(49_152) - 0.5, 14.0);
        assertThat(losses.path("ce_loss_with_sae").asDouble()).isStrictlyBetween(without, ablated);
    }

    private static double recovered(String job, int step) {
        return metrics("core", job, step)
                .path("model_performance_preservation")
                .path("ce_loss_score")
                .asDouble();
    }

    private static JsonNode metrics(String evaluation, String job, int step) {
        return results.report(evaluation, job, step).path("eval_result_metrics");
    }

    /** An SAE that says nothing scores exactly one half in every task; a few halves among few texts are chance. */
    @Test
    void scores_ofProbes_areThoseOfSaesThatSaySomething() {
        for (String job : JOBS) {
            JsonNode report = results.report("sparse_probing", job, STEPS);
            for (String side : List.of("sae", "llm")) {
                List<Double> tasks = tasks(report, side);
                assertThat(tasks).as(job + " " + side).hasSize(3 * (3 + 2)).allMatch(score -> score > 0 && score < 1);
                assertThat(tasks)
                        .as(job + " " + side)
                        .filteredOn(score -> score == 0.5)
                        .hasSizeLessThan(6);
                assertThat(Set.copyOf(tasks)).as(job + " " + side).hasSizeGreaterThan(4);
            }
            JsonNode scores = report.path("eval_result_metrics");
            for (String k : List.of("1", "2", "5")) {
                for (String side : List.of("sae", "llm")) {
                    assertThat(scores.path(side)
                                    .path(side + "_top_" + k + "_test_accuracy")
                                    .asDouble())
                            .as(job + " " + side + " " + k)
                            .isStrictlyBetween(0.3, 1.0);
                }
            }
            // All latents, and all coordinates, together know a text's topic.
            assertThat(scores.path("llm").path("llm_test_accuracy").asDouble()).isBetween(0.65, 1.0);
            assertThat(scores.path("sae").path("sae_test_accuracy").asDouble()).isBetween(0.6, 1.0);
        }
    }

    /** The accuracies of the probes of k latents, of each class of each set. */
    private static List<Double> tasks(JsonNode report, String side) {
        List<Double> tasks = new ArrayList<>();
        for (JsonNode dataset : report.path("eval_result_unstructured")) {
            for (int k : List.of(1, 2, 5)) {
                dataset.path(side + "_top_" + k + "_test_accuracy").forEach(score -> tasks.add(score.asDouble()));
            }
        }
        return tasks;
    }

    @Test
    void plots_andReport_areThereToBeSeen() throws IOException {
        for (String plot : List.of("training_curves", "feature_statistics", "l0_ce_recovered", "sparse_probing")) {
            BufferedImage image = ImageIO.read(
                    results.folder().resolve("plots").resolve(plot + ".png").toFile());
            assertThat(image).as(plot).isNotNull();
            assertThat(image.getWidth()).as(plot).isGreaterThan(600);
        }
        assertThat(results.folder().resolve("report.html"))
                .content()
                .contains("topk", "standard", "dynamic-margin", CONTROL, "data:image/png;base64,");
    }

    @Test
    void report_madeAgain_showsTheSameTable() {
        CommandLine again = CommandLine.execute("report", results.folder().toString());
        assertThat(again.exitCode()).isZero();
        assertThat(process.out())
                .contains(again.out()
                        .lines()
                        .filter(line -> line.startsWith("topk"))
                        .toList());
    }

    @Test
    void anotherRun_onTheSameStore_reusesItAndSaysWhichShardIsDamaged() throws IOException {
        Path cache = folder.resolve("cache");
        Path shard;
        try (Stream<Path> all = Files.walk(cache.resolve("activations"))) {
            shard = all.filter(path -> path.toString().endsWith("train-00001.rows"))
                    .findFirst()
                    .orElseThrow();
        }
        flip(shard, 1000);
        CommandLine refused = execute("two", cache);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains(shard + " is corrupt: expected sha256 ", "delete");
        flip(shard, 1000);
        assertThat(execute("three", cache, "train.rows=1280", "eval.evaluations=[]")
                        .exitCode())
                .isZero();
        assertThat(folder.resolve("runs/three/unweave.log")).content().contains("is reused");
    }

    private static CommandLine execute(String name, Path cache, String... more) {
        List<String> overrides = new ArrayList<>(SIZES);
        overrides.addAll(List.of(more));
        return CommandLine.execute(CommandLine.smoke(name, folder.resolve("runs"), cache, overrides)
                .toArray(String[]::new));
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }
}
