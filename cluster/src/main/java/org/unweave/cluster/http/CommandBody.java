package org.unweave.cluster.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The body of a command: one JSON object of the fields that the command has, and of no others. */
final class CommandBody {
    private static final ObjectReader READER = Json.MAPPER
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

    private final JsonNode json;

    private CommandBody(JsonNode json) {
        this.json = json;
    }

    /** @throws IllegalArgumentException whose message says what is wrong and what is wanted */
    static CommandBody of(String body, List<String> fields) {
        JsonNode json;
        try {
            json = READER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the body is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!json.isObject()) {
            throw new IllegalArgumentException("the body must be a JSON object with the fields " + fields);
        }
        List<String> unknown = new ArrayList<>();
        json.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                unknown.add(field);
            }
        });
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "the body has the fields " + unknown + ", which this command has not; it has " + fields);
        }
        return new CommandBody(json);
    }

    /** A text that must be there. */
    String text(String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw new IllegalArgumentException("the body must have a text \"" + field + "\"");
        }
        return value.textValue();
    }

    /** A whole number, or another where it is not there. */
    long number(String field, long otherwise) {
        JsonNode value = json.path(field);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new IllegalArgumentException("\"" + field + "\" must be a whole number, 0 or more");
        }
        return value.longValue();
    }

    /** Values by their keys, each a text or a number; none where the field is not there. */
    Map<String, String> values(String field) {
        JsonNode block = json.path(field);
        Map<String, String> values = new TreeMap<>();
        if (block.isMissingNode()) {
            return values;
        }
        if (!block.isObject()) {
            throw new IllegalArgumentException("\"" + field + "\" must be an object, as {\"learning-rate\": 0.0001}");
        }
        for (Map.Entry<String, JsonNode> one : block.properties()) {
            if (!one.getValue().isTextual() && !one.getValue().isNumber()) {
                throw new IllegalArgumentException(
                        "\"" + field + "\": the value of " + one.getKey() + " must be a number or a text");
            }
            values.put(one.getKey(), one.getValue().asText());
        }
        return values;
    }
}
