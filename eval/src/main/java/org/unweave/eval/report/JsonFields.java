package org.unweave.eval.report;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lenient reading of JSON fields: what is absent, null or of another type reads as missing. */
final class JsonFields {
    /** Other writers of these files (Python's json among them) write a bare NaN where a number is undefined. */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private JsonFields() {}

    /** The number at a field, NaN where there is none. */
    static double number(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isNumber() ? value.doubleValue() : Double.NaN;
    }

    static long whole(JsonNode node, String field, long absent) {
        JsonNode value = node.path(field);
        return value.isNumber() ? value.longValue() : absent;
    }

    static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isValueNode() && !value.isNull() ? value.asText() : "";
    }

    /** The numbers of an object by name, in the file's order. */
    static Map<String, Double> numbers(JsonNode node, String field) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        node.path(field).properties().forEach(entry -> {
            if (entry.getValue().isNumber()) {
                numbers.put(entry.getKey(), entry.getValue().doubleValue());
            }
        });
        return numbers;
    }

    static double[] array(JsonNode node, String field) {
        JsonNode values = node.path(field);
        double[] numbers = new double[values.isArray() ? values.size() : 0];
        for (int i = 0; i < numbers.length; i++) {
            JsonNode value = values.path(i);
            numbers[i] = value.isNumber() ? value.doubleValue() : Double.NaN;
        }
        return numbers;
    }
}
