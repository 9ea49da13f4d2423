package org.unweave.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a run left in its folder. */
record RunResults(Path folder) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads JSON; of nothing it makes a missing node. */
    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode json(String file) {
        try {
            return JSON.readTree(folder.resolve(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of a job's metrics. None where there is no file yet; a line that is being written is left out. */
    List<JsonNode> metrics(String job) {
        Path file = folder.resolve("jobs").resolve(job).resolve("metrics.jsonl");
        List<JsonNode> lines = new ArrayList<>();
        if (!Files.exists(file)) {
            return lines;
        }
        try {
            String text = Files.readString(file);
            for (String line :
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
                lines.add(JSON.readTree(line));
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<JsonNode> metrics(String job, String split) {
        return metrics(job).stream()
                .filter(line -> line.path("split").asText().equals(split))
                .toList();
    }

    List<String> jobs() {
        return names(folder.resolve("jobs"));
    }

    /** Steps of a job's checkpoints, as their folders are named. */
    List<String> checkpoints(String job) {
        return names(folder.resolve("jobs").resolve(job).resolve("checkpoints"));
    }

    String stateSha256(String job, String step) {
        return manifest(job, step).path("stateSha256").asText();
    }

    /** Which placement of the job has written a checkpoint. */
    int epoch(String job, String step) {
        return manifest(job, step).path("epoch").intValue();
    }

    private JsonNode manifest(String job, String step) {
        return json("jobs/" + job + "/checkpoints/" + step + "/manifest.json");
    }

    /** The reports of an evaluation, by the names of their files. */
    List<String> reports(String evaluation) {
        return names(folder.resolve("evals").resolve(evaluation));
    }

    JsonNode report(String evaluation, String job, int step) {
        return json("evals/" + evaluation + "/" + folder.getFileName() + "_" + job + "_" + step
                + "_custom_sae_eval_results.json");
    }

    /** All reports without what tells one run from another of the same config. */
    Map<String, JsonNode> comparableReports() {
        Map<String, JsonNode> all = new TreeMap<>();
        for (String evaluation : names(folder.resolve("evals"))) {
            for (String file : reports(evaluation)) {
                ObjectNode report = (ObjectNode) json("evals/" + evaluation + "/" + file);
                report.remove(List.of("eval_id", "datetime_epoch_millis", "sae_lens_release_id"));
                all.put(evaluation + "/" + file.replace(folder.getFileName() + "_", ""), report);
            }
        }
        return all;
    }

    private static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
