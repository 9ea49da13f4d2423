package org.unweave.cluster.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Curves of a job's {@code metrics.jsonl}, thinned. A curve is a number of the lines by its name, as {@code loss}, or one of
 * the numbers in an object, as {@code terms.reconstruction}.
 */
final class MetricsHistory {
    static final List<String> SPLITS = List.of("train", "held-out");

    private static final List<String> PLAIN =
            List.of("loss", "l0", "variance_explained", "dead_share", "lr", "rows", "rows_per_second", "wall_s");
    private static final List<String> OBJECTS = List.of("terms", "term_gradient_share", "curves");
    private static final String STEP = "step";

    private final String split;
    private final Map<String, Curve> curves = new LinkedHashMap<>();
    private final TreeSet<String> available = new TreeSet<>();

    private static final class Curve {
        private long[] steps = new long[256];
        private double[] values = new double[256];
        private int count;

        private void add(long step, double value) {
            // A resumed job goes back to its checkpoint: what it had written past it is overtaken.
            while (count > 0 && steps[count - 1] >= step) {
                count--;
            }
            if (count == steps.length) {
                steps = Arrays.copyOf(steps, 2 * count);
                values = Arrays.copyOf(values, 2 * count);
            }
            steps[count] = step;
            values[count] = value;
            count++;
        }

        private ObjectNode json(int points) {
            ObjectNode json = Json.MAPPER.createObjectNode();
            ArrayNode shownSteps = json.putArray(STEP);
            ArrayNode shownValues = json.putArray("value");
            for (int i : Thinning.kept(steps, values, count, points)) {
                shownSteps.add(steps[i]);
                shownValues.add(values[i]);
            }
            return json;
        }
    }

    private MetricsHistory(String split, List<String> names) {
        this.split = split;
        names.forEach(name -> curves.put(name, new Curve()));
    }

    /** Whether there can be a curve of this name. */
    static boolean isName(String name) {
        int dot = name.indexOf('.');
        return PLAIN.contains(name) || dot > 0 && OBJECTS.contains(name.substring(0, dot));
    }

    /** What the names of curves can be, in words. */
    static String names() {
        return String.join(", ", PLAIN) + ", and " + String.join(".NAME, ", OBJECTS) + ".NAME";
    }

    /** The curves of a file, of at most so many points each; empty ones where the file has no such numbers. */
    static ObjectNode of(Path file, String split, List<String> names, int points) throws IOException {
        MetricsHistory history = new MetricsHistory(split, names);
        history.read(file);
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode available = json.putArray("available");
        history.available.forEach(available::add);
        ObjectNode series = json.putObject("series");
        history.curves.forEach((name, curve) -> series.set(name, curve.json(points)));
        return json;
    }

    // Decoded leniently: a torn line may end inside a character.
    private void read(Path file) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                try {
                    add(Json.MAPPER.readTree(line));
                } catch (JsonProcessingException torn) {
                    // It is being written, or a resume wrote past it.
                    continue;
                }
            }
        }
    }

    private void add(JsonNode line) {
        if (!line.path("split").asText().equals(split) || !line.path(STEP).canConvertToLong()) {
            return;
        }
        long step = line.path(STEP).asLong();
        curves.forEach((name, curve) -> {
            JsonNode value = value(line, name);
            if (value.isNumber() && Double.isFinite(value.doubleValue())) {
                curve.add(step, value.doubleValue());
            }
        });
        for (String name : PLAIN) {
            if (line.path(name).isNumber()) {
                available.add(name);
            }
        }
        for (String name : OBJECTS) {
            line.path(name).fieldNames().forEachRemaining(part -> available.add(name + "." + part));
        }
    }

    private static JsonNode value(JsonNode line, String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? line.path(name) : line.path(name.substring(0, dot)).path(name.substring(dot + 1));
    }

    /** All curves' names that a job may be asked for at once. */
    static List<String> requireNames(List<String> names) {
        List<String> wrong = new ArrayList<>(names);
        wrong.removeIf(MetricsHistory::isName);
        if (!wrong.isEmpty()) {
            throw new BadQueryException(
                    "series has \"" + Json.shown(wrong.getFirst()) + "\", and there are " + names());
        }
        return names;
    }
}
