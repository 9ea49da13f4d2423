package org.unweave.cluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A run's folder with a few files of the shapes that a run writes. */
final class SmallRun {
    private final Path folder;

    SmallRun(Path folder) throws IOException {
        this.folder = folder;
        write("run.conf", "name = " + folder.getFileName() + "\npreset = quick\njobs = [{ name = topk, k = 32 }]\n");
    }

    Path folder() {
        return folder;
    }

    Path write(String file, String content) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, content);
    }

    /** A job of 20 steps that is done, with its metrics and a core result. */
    SmallRun job(String name, double explained, double recovered) throws IOException {
        write("jobs/" + name + "/state.json", """
                {"job":"%s","variant":"topk","state":"done","step":20,"steps":20,"target_l0":32,"seconds":4,
                 "rows_per_second":100,"restarts":0,"reason":""}
                """.formatted(name));
        StringBuilder lines = new StringBuilder();
        for (int step = 10; step <= 20; step += 10) {
            for (String split : new String[] {"train", "held-out"}) {
                lines.append(String.format(
                        Locale.ROOT,
                        "{\"split\":\"%s\",\"step\":%d,\"rows\":%d,\"wall_s\":1.0,\"loss\":0.5,\"l0\":32,"
                                + "\"variance_explained\":%s}%n",
                        split,
                        step,
                        step * 512,
                        explained));
            }
        }
        write("jobs/" + name + "/metrics.jsonl", lines.toString());
        write(
                "evals/core/" + folder.getFileName() + "_" + name + "_20_custom_sae_eval_results.json",
                String.format(
                        Locale.ROOT,
                        "{\"eval_result_metrics\":{\"sparsity\":{\"l0\":32},\"reconstruction_quality\":"
                                + "{\"variance_explained\":%s},\"model_performance_preservation\":{\"ce_loss_score\":%s}}}",
                        explained,
                        recovered));
        return this;
    }
}
