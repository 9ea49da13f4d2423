package org.unweave.eval.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Writes a run folder with the shape of a real one; its numbers are made up, from a seed. */
final class SampleRun {
    private static final int STEPS = 800;
    private static final int BATCH_ROWS = 512;
    private static final int FEATURES = 4096;
    private static final List<String> DATASETS =
            List.of("bundle/ag-news", "bundle/code-language", "bundle/amazon-sentiment");

    private static final String CONFIGURATIONS = "\"bundle/elements\":{\"configurations\":["
            + "{\"forget_right\":45,\"forget_asked\":50,\"retain_right\":100,\"retain_asked\":100,\"complete\":true},"
            + "{\"forget_right\":20,\"forget_asked\":50,\"retain_right\":80,\"retain_asked\":100,\"complete\":true},"
            + "{\"forget_right\":30,\"forget_asked\":50,\"retain_right\":70,\"retain_asked\":100,\"complete\":true},"
            + "{\"forget_right\":0,\"forget_asked\":9,\"retain_right\":20,\"retain_asked\":30,\"complete\":false}]}";

    private final Path folder;
    private final Random random = new Random(7);

    SampleRun(Path folder) throws IOException {
        this.folder = folder;
        write("run.conf", "name = " + folder.getFileName() + "\ntrain { rows = 409600, batch-rows = 512 }\n");
    }

    Path folder() {
        return folder;
    }

    /** Three jobs as the smallest preset has them, evaluated at the middle and the end, and the control. */
    static Path write(Path folder) throws IOException {
        SampleRun run = new SampleRun(folder);
        run.job("topk", "topk", 32, 400, 95, 0.78);
        run.job("standard", "standard", 44, 900, 160, 0.71);
        run.job("dynamic-margin", "dynamic-margin", 32, 430, 101, 0.76);
        double[][] results = {{32, 0.76, 0.934, 0.981}, {44.2, 0.69, 0.871, 0.842}, {32, 0.745, 0.921, 0.993}};
        String[] names = {"topk", "standard", "dynamic-margin"};
        for (int i = 0; i < names.length; i++) {
            double[] end = results[i];
            run.core(names[i], STEPS / 2, end[0] * 1.1, end[1] - 0.06, end[2] - 0.05, end[3] - 0.1);
            run.core(names[i], STEPS, end[0], end[1], end[2], end[3]);
            run.probing(names[i], STEPS / 2, 0.80 - 0.01 * i);
            run.probing(names[i], STEPS, 0.83 - 0.01 * i);
        }
        run.core("random-control", 0, 32, -0.41, -0.35, 0.999);
        run.probing("random-control", 0, 0.64);
        return folder;
    }

    void write(String file, String content) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    void state(String job, String variant, String state, double targetL0, String reason) throws IOException {
        write("jobs/" + job + "/state.json", format("""
                {"job":"%s","variant":"%s","state":"%s","step":%d,"steps":%d,"target_l0":%s,"seconds":83.4,
                 "rows_per_second":4911.0,"restarts":1,"reason":"%s"}
                """, job, variant, state, STEPS, STEPS, targetL0, reason));
    }

    void job(String job, String variant, double l0, double from, double to, double explained) throws IOException {
        state(job, variant, "done", 32, "");
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= STEPS; step++) {
            double progress = 1 - Math.exp(-step / 90.0);
            double noise = 1 + 0.04 * random.nextGaussian();
            double activeNow = variant.equals("standard") ? 1900 * Math.exp(-step / 60.0) + l0 : l0;
            lines.append(line("train", step, (from + (to - from) * progress) * noise, activeNow, explained * progress));
            if (step % (STEPS / 10) == 0) {
                lines.append(line(
                        "held-out", step, (from + (to - from) * progress) * 1.03, activeNow, explained * progress));
            }
        }
        write("jobs/" + job + "/metrics.jsonl", lines.toString());
        write("jobs/" + job + "/features.json", features(variant, l0));
    }

    static String line(String split, int step, double loss, double l0, double explained) {
        return format(
                "{\"split\":\"%s\",\"step\":%d,\"rows\":%d,\"wall_s\":%.3f,\"loss\":%.6f,\"terms\":{\"reconstruction\":%.6f},"
                        + "\"term_gradient_share\":{\"reconstruction\":1.0},\"curves\":{},\"l0\":%.3f,"
                        + "\"variance_explained\":%.5f,\"dead_share\":0.02,\"lr\":3.0E-4,\"rows_per_second\":4900.0}%n",
                split, step, step * BATCH_ROWS, step * 0.1, loss, loss, l0, explained);
    }

    private String features(String variant, double l0) {
        StringBuilder densities = new StringBuilder();
        StringBuilder similarities = new StringBuilder();
        double centre = Math.log10(l0 / FEATURES) - 0.4;
        for (int i = 0; i < FEATURES; i++) {
            boolean silent = random.nextDouble() < (variant.equals("standard") ? 0.15 : 0.02);
            double density = silent ? 0 : Math.min(1, Math.pow(10, centre + 0.55 * random.nextGaussian()));
            double similarity = Math.clamp(0.3 + 0.12 * random.nextGaussian(), 0, 1);
            densities.append(i == 0 ? "" : ",").append(format("%.7f", density));
            similarities.append(i == 0 ? "" : ",").append(format("%.4f", similarity));
        }
        return format(
                "{\"features\":%d,\"d_in\":576,\"variant\":\"%s\",\"step\":%d,\"density\":[%s],\"decoder_similarity\":[%s]}",
                FEATURES, variant, STEPS, densities, similarities);
    }

    void core(String sae, int step, double l0, double explained, double recovered, double alive) throws IOException {
        write(result("core", sae, step), format("""
                {"eval_type_id":"core","eval_config":{"n_eval_sequences":64,"context_size":128,"model_name":"smollm2-135m"},
                 "eval_id":"0b5f","datetime_epoch_millis":1795000000000,
                 "eval_result_metrics":{"sparsity":{"l0":%s,"l1":210.0},
                  "reconstruction_quality":{"explained_variance":0.5,"variance_explained":%s,"mse":1.0,"cossim":0.9},
                  "model_performance_preservation":{"ce_loss_score":%s,"ce_loss_with_sae":3.4},
                  "token_stats":{"total_tokens_eval_reconstruction":8128,"total_tokens_eval_sparsity_variance":8120},
                  "misc_metrics":{"frac_alive":%s}},
                 "eval_result_details":[{"index":0,"feature_density":0.1},{"index":1,"feature_density":0.2}],
                 "sae_bench_commit_hash":"Unknown","sae_lens_id":"custom_sae","sae_lens_release_id":"%s",
                 "sae_lens_version":"unweave","sae_cfg_dict":{"d_in":576,"d_sae":4096,"hook_name":"blocks.9.hook_resid_post"},
                 "eval_result_unstructured":{"outlier_positions":8}}
                """, l0, explained, recovered, alive, sae));
    }

    /** Scores that rise with the number of ablated latents, up to {@code most}. */
    void interventions(String sae, String stepAndSeed, double most) throws IOException {
        StringBuilder scr = new StringBuilder();
        StringBuilder tpp = new StringBuilder();
        for (int n : List.of(2, 5, 10, 20, 50, 100, 500)) {
            String comma = scr.isEmpty() ? "" : ",";
            double score = most * Math.log10(n) / Math.log10(500);
            scr.append(comma).append(format("\"scr_metric_threshold_%d\":%.4f", n, score));
            tpp.append(comma).append(format("\"tpp_threshold_%d_total_metric\":%.4f", n, score / 2));
        }
        metrics("scr", sae, stepAndSeed, "scr_metrics", scr.toString());
        metrics("tpp", sae, stepAndSeed, "tpp_metrics", tpp.toString());
        metrics("unlearning", sae, stepAndSeed, "unlearning", format("\"unlearning_score\":%.4f", most / 3));
    }

    private void metrics(String evaluation, String sae, String stepAndSeed, String group, String metrics)
            throws IOException {
        write(
                "evals/" + evaluation + "/" + folder.getFileName() + "_" + sae + "_" + stepAndSeed
                        + "_custom_sae_eval_results.json",
                format(
                        "{\"eval_type_id\":\"%s\",\"eval_config\":{},\"eval_result_metrics\":{\"%s\":{%s}},"
                                + "\"eval_result_details\":[],\"eval_result_unstructured\":{%s}}",
                        evaluation, group, metrics, evaluation.equals("unlearning") ? CONFIGURATIONS : ""));
    }

    void probing(String sae, int step, double topFive) throws IOException {
        StringBuilder details = new StringBuilder();
        for (int i = 0; i < DATASETS.size(); i++) {
            details.append(i == 0 ? "" : ",")
                    .append(format(
                            "{\"dataset_name\":\"%s_results\",%s,%s}",
                            DATASETS.get(i),
                            accuracies("llm", 0.76 + 0.03 * i),
                            accuracies("sae", topFive + 0.05 * (1 - i))));
        }
        write(
                result("sparse_probing", sae, step),
                format("""
                {"eval_type_id":"sparse_probing","eval_config":{"random_seed":42,"k_values":[1,2,5],"probe_train_set_size":150,
                  "probe_test_set_size":100,"context_length":48,"dataset_names":["bundle/ag-news","bundle/code-language"]},
                 "eval_id":"0b60","datetime_epoch_millis":1795000000000,
                 "eval_result_metrics":{"llm":{%s},"sae":{%s}},"eval_result_details":[%s],
                 "sae_bench_commit_hash":"Unknown","sae_lens_id":null,"sae_cfg_dict":null,"eval_result_unstructured":{}}
                """, accuracies("llm", 0.79), accuracies("sae", topFive), details));
    }

    private static String accuracies(String side, double topFive) {
        return format(
                "\"%s_test_accuracy\":0.95,\"%s_top_1_test_accuracy\":%.4f,\"%s_top_2_test_accuracy\":%.4f,"
                        + "\"%s_top_5_test_accuracy\":%.4f,\"%s_top_10_test_accuracy\":null",
                side, side, topFive - 0.08, side, topFive - 0.04, side, topFive, side);
    }

    private String result(String evaluation, String sae, int step) {
        return "evals/" + evaluation + "/" + folder.getFileName() + "_" + sae + "_" + step
                + "_custom_sae_eval_results.json";
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
