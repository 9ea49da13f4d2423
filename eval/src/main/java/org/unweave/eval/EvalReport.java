package org.unweave.eval;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unweave.model.file.Durable;

/**
 * The outcome of one evaluation of one subject.
 *
 * @param evaluation {@link Evaluation#name}
 * @param subject {@link Subject#id}
 * @param headline the numbers for messages and tables, by name; all finite
 * @param json the whole outcome in SAEBench's schema; not to be changed
 */
public record EvalReport(String evaluation, String subject, Map<String, Double> headline, ObjectNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String FINGERPRINT = "unweave_fingerprint";
    private static final String SUFFIX = "_custom_sae_eval_results.json";

    /** What a file says of where its report comes from. */
    enum Match {
        /** There is no file. */
        NONE,
        /** It was made of the same. */
        SAME,
        /** It was made of something else, or is damaged. */
        OTHER
    }

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

    /** The file of an evaluation's report on a subject. */
    public static Path file(Path folder, String evaluation, String subject) {
        return reports(folder, evaluation).resolve(subject + SUFFIX);
    }

    private static Path reports(Path folder, String evaluation) {
        return folder.resolve("evals").resolve(evaluation);
    }

    /** Whether a file holds the report with this fingerprint. */
    static Match compare(Path file, String fingerprint) {
        if (!Files.exists(file)) {
            return Match.NONE;
        }
        try (JsonParser parser = MAPPER.createParser(file.toFile())) {
            Match match = Match.OTHER;
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
                    JsonToken value = parser.nextToken();
                    if (field.equals(FINGERPRINT) && value == JsonToken.VALUE_STRING) {
                        match = parser.getText().equals(fingerprint) ? Match.SAME : Match.OTHER;
                    }
                    parser.skipChildren();
                }
            }
            // A file that was cut off does not come this far.
            return parser.currentToken() == JsonToken.END_OBJECT ? match : Match.OTHER;
        } catch (IOException damaged) {
            return Match.OTHER;
        }
    }

    /**
     * Gives a subject the report that was made of the same under another label, if there is one: what does not depend on
     * the seed of the evaluation is computed once for all seeds.
     *
     * @param fingerprint of all that the report would be made of
     * @return whether there is one
     */
    static boolean reuse(Path folder, String evaluation, Subject subject, String fingerprint) {
        Path file = file(folder, evaluation, subject.id());
        try {
            for (Path other : ofAnyLabel(reports(folder, evaluation), subject.unlabelled())) {
                if (compare(other, fingerprint) == Match.SAME) {
                    ObjectNode json = (ObjectNode) MAPPER.readTree(other.toFile());
                    json.put(ReportFrame.SUBJECT, subject.id());
                    Durable.write(file, MAPPER.writeValueAsBytes(json));
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new EvaluationException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> ofAnyLabel(Path folder, String unlabelled) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        Pattern name = Pattern.compile(Pattern.quote(unlabelled) + "(_seed[0-9]+)?" + Pattern.quote(SUFFIX));
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            name.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted()
                    .toList();
        }
    }

    /**
     * Writes the JSON: the file is the old one or the whole new one at any instant.
     *
     * @param fingerprint of all that the report was made of
     */
    public Path write(Path folder, String fingerprint) {
        Path file = file(folder, evaluation, subject);
        try {
            ObjectNode whole = MAPPER.createObjectNode();
            whole.setAll(json);
            whole.put(FINGERPRINT, fingerprint);
            Durable.write(file, MAPPER.writeValueAsBytes(whole));
            return file;
        } catch (IOException e) {
            throw new EvaluationException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
