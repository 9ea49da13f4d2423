package org.unweave.model.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * Other values of a job's settings, in effect from an update on.
 *
 * @param number counts the changes of the job from 1
 * @param step updates of the job before it; {@link #UNDECIDED} before the job has taken it
 * @param values by the keys of {@link org.unweave.config.LiveKeys}, as texts
 */
public record JobChange(int number, long step, Map<String, String> values) {
    public static final long UNDECIDED = -1;

    private static final JsonMapper JSON = new JsonMapper();

    public JobChange {
        values = Map.copyOf(values);
    }

    /** The same, before an update of the job. */
    public JobChange at(long before) {
        return new JobChange(number, before, values);
    }

    /** As one line of JSON, {@code {"number":1,"step":120,"set":{"k":"64"}}}. */
    String line() {
        ObjectNode json = JSON.createObjectNode();
        json.put("number", number);
        json.put("step", step);
        ObjectNode set = json.putObject("set");
        new TreeMap<>(values).forEach(set::put);
        return json.toString();
    }

    /** @throws IllegalArgumentException if it is no such line */
    static JobChange of(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            Map<String, String> values = new TreeMap<>();
            json.path("set")
                    .properties()
                    .forEach(one -> values.put(one.getKey(), one.getValue().asText()));
            if (!json.path("number").isInt() || !json.path("step").canConvertToLong() || values.isEmpty()) {
                throw new IllegalArgumentException("is no record of a change: " + line);
            }
            return new JobChange(json.path("number").asInt(), json.path("step").asLong(), values);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no record of a change: " + line, e);
        }
    }
}
