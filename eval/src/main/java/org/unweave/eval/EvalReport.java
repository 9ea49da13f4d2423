package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.model.file.Durable;

/**
 * The outcome of one evaluation of one subject.
 *
 * @param evaluation SAEBench's name of the evaluation
 * @param headline the numbers for messages and tables, by name; all finite
 * @param json the whole outcome in SAEBench's schema; not to be changed
 */
public record EvalReport(
        String evaluation, String run, String job, long step, Map<String, Double> headline, ObjectNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public EvalReport {
        headline = Collections.unmodifiableMap(new TreeMap<>(headline));
        headline.forEach((key, value) -> {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(key + " is " + value);
            }
        });
        requireFinite("", json);
    }

    private static void requireFinite(String path, JsonNode node) {
        if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
            throw new IllegalArgumentException(path + " is " + node.doubleValue() + ", which JSON cannot hold");
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            requireFinite(path + "/" + field.getKey(), field.getValue());
        }
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                requireFinite(path + "/" + i, node.get(i));
            }
        }
    }

    /** The file of an evaluation's report on a job's checkpoint of a step. */
    public static Path file(Path runFolder, String evaluation, String run, String job, long step) {
        return file(runFolder, evaluation, run + "_" + job + "_" + step);
    }

    /** The file that {@link #write} makes. */
    public Path file(Path runFolder) {
        return file(runFolder, evaluation, run, job, step);
    }

    private static Path file(Path runFolder, String evaluation, String id) {
        return runFolder.resolve("evals").resolve(evaluation).resolve(id + "_custom_sae_eval_results.json");
    }

    /** Writes the JSON: the file is the old one or the whole new one at any instant. */
    public Path write(Path runFolder) {
        Path file = file(runFolder);
        try {
            Durable.write(file, MAPPER.writeValueAsBytes(json));
            return file;
        } catch (IOException e) {
            throw new EvaluationException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
