package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.checkpoint.CheckpointFolder;

/** Pins what {@code unweave eval} does with checkpoints that are there already. */
class EvalTest {

    @TempDir
    private static Path folder;

    private static RunResults run = new RunResults(Path.of(""));

    @BeforeAll
    static void train() throws IOException {
        Path cache = Caches.withBundle(folder.resolve("cache"));
        List<String> overrides = SmallInputs.write(folder)
                .overrides(
                        "data.tokens=4000",
                        "train.rows=2560",
                        "train.evaluate-at=[1.0]",
                        "job.features=600",
                        "jobs=[{ variant = topk }, { variant = standard }]",
                        "eval.evaluations=[core]",
                        "eval.core.sequences=4");
        CommandLine.expect(CommandLine.smoke("one", folder.resolve("runs"), cache, overrides));
        run = new RunResults(folder.resolve("runs/one"));
    }

    private static CommandLine eval(String... arguments) {
        return CommandLine.execute(
                Stream.concat(Stream.of("eval"), Stream.of(arguments)).toArray(String[]::new));
    }

    private static Map<Path, FileTime> times(Path of) throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.walk(of.resolve("evals"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    private static JsonNode metrics(Path out, String job, int step, String label) {
        return core(out, "one_" + job + "_" + step + label).path("eval_result_metrics");
    }

    private static JsonNode core(Path out, String id) {
        return new RunResults(out).json("evals/core/" + id + "_custom_sae_eval_results.json");
    }

    /** Core draws nothing: the second seed has the first one's result, the time when it was made included. */
    private static void assertSameButForItsName(Path out, String job, int step) {
        String id = "one_" + job + "_" + step;
        ObjectNode first = (ObjectNode) core(out, id);
        ObjectNode second = (ObjectNode) core(out, id + "_seed43");
        assertThat(first.path("sae_lens_release_id").asText()).isEqualTo(id);
        assertThat(second.path("sae_lens_release_id").asText()).isEqualTo(id + "_seed43");
        assertThat(second).isEqualTo(first.put("sae_lens_release_id", id + "_seed43"));
    }

    @Test
    void run_isJudgedAsItWasInTraining_withControlsAndSeeds_andOnlyOnce() throws IOException {
        Path out = folder.resolve("judged");
        String[] command = {
            run.folder().toString(),
            "--out",
            out.toString(),
            "--seeds",
            "42,43",
            "--set",
            "eval.controls=[random, pca, residual]"
        };

        CommandLine first = eval(command);

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.err()).contains("judging 2 SAEs, results in " + out, "evaluation 100% 5 of 5 SAEs");
        assertThat(first.out()).contains("one_topk", "residual-control", "report: " + out);
        assertThat(metrics(out, "topk", 20, ""))
                .isEqualTo(run.report("core", "topk", 20).path("eval_result_metrics"));
        assertSameButForItsName(out, "topk", 20);
        assertSameButForItsName(out, "random-control", 0);
        // What changes nothing has the model's own loss; the principal directions explain more than random ones.
        JsonNode residual = metrics(out, "residual-control", 0, "");
        assertThat(residual.at("/reconstruction_quality/variance_explained").asDouble())
                .isCloseTo(1, within(1e-6));
        assertThat(residual.at("/model_performance_preservation/ce_loss_score").asDouble())
                .isCloseTo(1, within(1e-4));
        assertThat(residual.at("/sparsity/l0").asDouble()).isCloseTo(24, within(0.1));
        assertThat(metrics(out, "pca-control", 0, "")
                        .at("/reconstruction_quality/variance_explained")
                        .asDouble())
                .isGreaterThan(metrics(out, "random-control", 0, "")
                                .at("/reconstruction_quality/variance_explained")
                                .asDouble()
                        + 0.1);

        Map<Path, FileTime> before = times(out);
        assertThat(before).hasSize(10);
        assertThat(eval(command).exitCode()).isZero();
        assertThat(times(out)).isEqualTo(before);
    }

    @Test
    void sameTexts_ofSeveralSeeds_areThoseOfTheFirst_andDrawsDiffer() throws IOException {
        Path out = folder.resolve("seeds");
        String[] command = {
            run.folder() + "/jobs/topk",
            "--out",
            out.toString(),
            "--only",
            "sparse_probing",
            "--seeds",
            "1,2",
            "--set",
            "eval.controls=[]",
            "--set",
            "eval.sparse-probing.datasets=[ag-news]"
        };

        assertThat(eval(command).exitCode()).isZero();
        JsonNode first = probing(out, 1);
        JsonNode second = probing(out, 2);
        assertThat(eval(Stream.concat(Stream.of(command), Stream.of("--same-texts"))
                                .toArray(String[]::new))
                        .exitCode())
                .isZero();

        assertThat(activations(second)).isNotEqualTo(activations(first));
        assertThat(probing(out, 1)).isEqualTo(first);
        assertThat(activations(probing(out, 2))).isEqualTo(activations(first));
        assertThat(probing(out, 2).at("/eval_config/random_seed").asInt()).isEqualTo(2);
        assertThat(probing(out, 2).path("eval_result_unstructured"))
                .isNotEqualTo(first.path("eval_result_unstructured"));
    }

    private static JsonNode probing(Path out, int seed) {
        return new RunResults(out)
                .json("evals/sparse_probing/one_topk_20_seed" + seed + "_custom_sae_eval_results.json");
    }

    private static String activations(JsonNode report) {
        return report.at("/eval_config/texts_used")
                .iterator()
                .next()
                .path("activations")
                .asText();
    }

    @Test
    void otherSettings_areNotTakenForTheSame() throws IOException {
        Path out = folder.resolve("smaller");
        String topk = run.folder() + "/jobs/topk";
        String[] none = {"--set", "eval.controls=[]"};

        assertThat(eval(topk, "--out", out.toString(), none[0], none[1]).exitCode())
                .isZero();
        JsonNode four = metrics(out, "topk", 20, "");
        assertThat(eval(topk, "--out", out.toString(), none[0], none[1], "--set", "eval.core.sequences=3")
                        .exitCode())
                .isZero();
        JsonNode three = metrics(out, "topk", 20, "");

        assertThat(three.path("token_stats")).isNotEqualTo(four.path("token_stats"));
    }

    @Test
    void wrongInput_isRefusedBeforeAnythingIsComputed() {
        assertRefused(1, eval("nowhere"), "there is no checkpoint at nowhere");
        assertRefused(2, eval(run.folder().toString(), "--only", "core,probing"), "\"probing\" is none of core");
        assertRefused(1, eval(run.folder().toString(), "--set", "data.tokens=5000"), "data.tokens=5000 would judge");
        Path alone = new CheckpointFolder(run.folder().resolve("jobs/topk/checkpoints")).at(20);
        assertRefused(2, eval(alone.toString(), run.folder() + "/jobs/topk", "--only", "none"), "none");
    }

    @Test
    void checkpointOutsideARun_needsAFolderForItsResults() throws IOException {
        Path moved = folder.resolve("moved");
        Path checkpoint = new CheckpointFolder(run.folder().resolve("jobs/topk/checkpoints")).at(20);
        Files.createDirectories(moved);
        try (Stream<Path> files = Files.list(checkpoint)) {
            for (Path file : files.toList()) {
                Files.copy(file, moved.resolve(file.getFileName()));
            }
        }
        assertRefused(1, eval(moved.toString()), "--out");
        assertRefused(
                1,
                eval(
                        moved.toString(),
                        run.folder() + "/jobs/topk",
                        "--out",
                        folder.resolve("x").toString()),
                "two checkpoints are named one/topk at step 20");
    }

    @Test
    void anotherModelThanInTraining_isRefused_andResultsStay() throws IOException {
        Path out = folder.resolve("other-model");
        Path moved = folder.resolve("foreign");
        Path checkpoint = new CheckpointFolder(run.folder().resolve("jobs/topk/checkpoints")).at(20);
        Files.createDirectories(moved);
        try (Stream<Path> files = Files.list(checkpoint)) {
            for (Path file : files.toList()) {
                Files.copy(file, moved.resolve(file.getFileName()));
            }
        }
        String manifest = Files.readString(moved.resolve("manifest.json"));
        String model = run.json("provenance.json").path("model_sha256").asText();
        assertThat(manifest).contains(model);
        // As the version before wrote it, which had no checksum of it.
        Files.writeString(
                moved.resolve("manifest.json"),
                manifest.replace(model, "0".repeat(64))
                        .replace("\"version\" : 4", "\"version\" : 2")
                        .replaceAll(",\\s*\"sha256\" : \"[0-9a-f]{64}\"", ""));

        assertRefused(1, eval(moved.toString(), "--out", out.toString()), "were trained on a model of sha256 000");
        assertThat(out.resolve("evals")).doesNotExist();
    }

    private static void assertRefused(int exitCode, CommandLine command, String words) {
        assertThat(command.err()).contains(words);
        assertThat(command.exitCode()).isEqualTo(exitCode);
    }

    @Test
    void features_ofARun_haveAPageForEachJob_andTheReportLinksThem() throws IOException {
        CommandLine done =
                CommandLine.execute("features", run.folder().toString(), "--count", "3", "--examples", "4", "--quiet");

        assertThat(done.exitCode()).as(done.err()).isZero();
        for (String job : List.of("topk", "standard")) {
            assertThat(done.out()).contains(job + " at step 20: ");
            JsonNode study = run.json("features/" + job + "/features.json");
            assertThat(study.path("d_sae").asInt()).isEqualTo(600);
            assertThat(study.path("sequences").asInt()).isEqualTo(4);
            assertThat(study.path("features")).hasSize(6);
            for (JsonNode feature : study.path("features")) {
                assertThat(feature.path("activations")).isNotEmpty().hasSizeLessThanOrEqualTo(4);
                assertThat(feature.at("/activations/0/maxValue").asDouble())
                        .isEqualTo(feature.path("maxActApprox").asDouble());
                assertThat(feature.path("topkCosSimIndices")).hasSize(5);
                assertThat(feature.path("pos_str")).hasSize(10);
            }
            String page = Files.readString(
                    run.folder().resolve("features").resolve(job).resolve("index.html"));
            assertThat(page)
                    .contains("Feature " + study.at("/features/0/index").asText(), "<mark class=\"t10 peak\"")
                    .doesNotContain("http://", "https://", "<script");
        }
        JsonNode topk = run.json("features/topk/features.json");

        // The same again is the same, elsewhere too.
        Path out = folder.resolve("study");
        assertThat(CommandLine.execute(
                                "features",
                                run.folder() + "/topk",
                                "--count",
                                "3",
                                "--examples",
                                "4",
                                "--out",
                                out.toString())
                        .exitCode())
                .isZero();
        assertThat(new RunResults(out).json("features.json")).isEqualTo(topk);
        CommandLine both = CommandLine.execute("features", run.folder().toString(), "--out", out.toString());
        assertThat(both.exitCode()).isEqualTo(1);
        assertThat(both.err()).contains("has 2 jobs, whose features do not go into one folder");

        assertThat(CommandLine.execute("report", run.folder().toString()).exitCode())
                .isZero();
        assertThat(Files.readString(run.folder().resolve("report.html")))
                .contains("<a href=\"features/topk/index.html\">topk</a>");
    }
}
