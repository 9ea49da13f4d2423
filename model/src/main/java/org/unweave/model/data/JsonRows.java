package org.unweave.model.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The rows of a file of JSON lines. */
final class JsonRows implements DataRows {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final BufferedReader lines;
    private long line;

    JsonRows(Path file) {
        this.file = file;
        try {
            this.lines = Files.newBufferedReader(file);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public @Nullable DataRow next() {
        try {
            String text = lines.readLine();
            line++;
            while (text != null && text.isBlank()) {
                text = lines.readLine();
                line++;
            }
            return text == null ? null : new DataRow(object(text), file + ":" + line);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private JsonNode object(String text) throws IOException {
        try {
            JsonNode row = JSON.readTree(text);
            if (row.isObject()) {
                return row;
            }
        } catch (JsonProcessingException e) {
            throw new DataFolderException(file + ":" + line + ": not JSON: " + e.getOriginalMessage(), e);
        }
        throw new DataFolderException(
                file + ":" + line + ": no JSON object; a file of JSON lines has one on each line");
    }

    private DataFolderException unreadable(IOException e) {
        return new DataFolderException(file + " cannot be read after line " + line + ": " + e, e);
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
