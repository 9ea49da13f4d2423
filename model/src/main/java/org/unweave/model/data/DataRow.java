package org.unweave.model.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A row of a data set. A column inside another is named with a dot, as {@code translation.en}. A value that is missing or
 * of another kind is a {@link DataFolderException} that names the file, the row and the column.
 */
public final class DataRow {
    private final JsonNode values;
    private final String place;

    /** @param place the file and the row in it, for messages */
    DataRow(JsonNode values, String place) {
        this.values = values;
        this.place = place;
    }

    /** Whether there is such a column, be it null. */
    public boolean has(String column) {
        return !value(column).isMissingNode();
    }

    public String text(String column) {
        JsonNode value = value(column);
        return require(value.isTextual(), value, column, "a text").textValue();
    }

    /** A whole number; a number without a fraction is one, too. */
    public long integer(String column) {
        JsonNode value = value(column);
        boolean whole = value.isIntegralNumber() || value.isFloatingPointNumber() && value.canConvertToExactIntegral();
        return require(whole && value.canConvertToLong(), value, column, "a whole number")
                .longValue();
    }

    public double number(String column) {
        JsonNode value = value(column);
        return require(value.isNumber(), value, column, "a number").doubleValue();
    }

    public List<String> texts(String column) {
        JsonNode value = value(column);
        List<String> texts = new ArrayList<>();
        for (JsonNode element : require(value.isArray(), value, column, "a list of texts")) {
            texts.add(require(element.isTextual(), element, column, "a list of texts")
                    .textValue());
        }
        return texts;
    }

    private JsonNode value(String column) {
        JsonNode value = values;
        for (String name : column.split("\\.")) {
            value = value.path(name);
        }
        return value;
    }

    private JsonNode require(boolean fits, JsonNode value, String column, String wanted) {
        if (fits) {
            return value;
        }
        String found = value.isMissingNode() ? "missing" : value.toString();
        String shown = found.length() <= 60 ? found : found.substring(0, 60) + "...";
        throw new DataFolderException(place + ": column " + column + " wants " + wanted + ", but is " + shown);
    }
}
