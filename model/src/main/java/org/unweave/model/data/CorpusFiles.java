package org.unweave.model.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads documents from text files: .txt, .jsonl with a field {@code text}, .csv with a column {@code text}. */
final class CorpusFiles {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> SUFFIXES = List.of(".txt", ".jsonl", ".csv");
    private static final String FIELD = "text";
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    // About 5,000 tokens of English. A longer text file is taken as a collection, not as one document.
    private static final int PART_CHARACTERS = 20_000;

    private final Consumer<Document> sink;

    CorpusFiles(Consumer<Document> sink) {
        this.sink = sink;
    }

    /** Reads a file, or all text files of a folder and the folders in it. */
    void read(Path path) {
        if (Files.isDirectory(path)) {
            List<Path> files = textFiles(path);
            if (files.isEmpty()) {
                throw new CorpusException("corpus folder " + path + " holds no text file (" + accepted() + ")");
            }
            files.forEach(this::readFile);
            return;
        }
        if (!Files.exists(path)) {
            throw new CorpusException("corpus file " + path + " does not exist");
        }
        if (!accepted(path)) {
            throw new CorpusException("corpus file " + path + " is of no kind that can be read (" + accepted() + ")");
        }
        readFile(path);
    }

    private static List<Path> textFiles(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .filter(CorpusFiles::accepted)
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new CorpusException("corpus folder " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean accepted(Path file) {
        String name = lowerCaseName(file);
        return SUFFIXES.stream().anyMatch(name::endsWith);
    }

    private static String accepted() {
        return String.join(", ", SUFFIXES);
    }

    private static String lowerCaseName(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    private void readFile(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String name = lowerCaseName(file);
            if (name.endsWith(".jsonl")) {
                readJsonLines(file.toString(), in, FIELD);
            } else if (name.endsWith(".csv")) {
                readCsv(file.toString(), in);
            } else {
                readText(file.toString(), in);
            }
        } catch (IOException e) {
            throw unreadable(file.toString(), 0, e);
        }
    }

    void readJsonLines(String source, InputStream in, String field) {
        int line = 0;
        try {
            BufferedReader reader = reader(in);
            for (String json = reader.readLine(); json != null; json = reader.readLine()) {
                line++;
                String record = line == 1 ? withoutMark(json) : json;
                if (!record.isBlank()) {
                    accept(source + ":" + line, text(JSON.readTree(record), field, source, line));
                }
            }
        } catch (JsonProcessingException e) {
            throw new CorpusException(source + ":" + line + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw unreadable(source, line, e);
        }
    }

    private static String text(JsonNode record, String field, String source, int line) {
        JsonNode text = record.path(field);
        if (!text.isTextual()) {
            throw new CorpusException(source + ":" + line + ": no text field \"" + field + "\"");
        }
        return text.textValue();
    }

    private void readCsv(String source, InputStream in) {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        long line = 0;
        try (BufferedReader reader = skipMark(reader(in));
                CSVParser parser = format.parse(reader)) {
            if (!parser.getHeaderNames().contains(FIELD)) {
                throw new CorpusException(
                        source + ": no column \"" + FIELD + "\" in its first line; it has " + parser.getHeaderNames());
            }
            for (CSVRecord record : parser) {
                line = parser.getCurrentLineNumber();
                if (!record.isSet(FIELD)) {
                    throw new CorpusException(source + ":" + line + ": too few fields");
                }
                accept(source + ":" + line, record.get(FIELD));
            }
        } catch (IllegalArgumentException e) {
            throw new CorpusException(source + ": not CSV: " + e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw unreadable(source, line, new IOException(e.getMessage(), e.getCause()));
        } catch (IOException e) {
            throw unreadable(source, line, e);
        }
    }

    /** Cuts a long text at ends of paragraphs, or of lines where there are none, or anywhere. */
    private void readText(String source, InputStream in) throws IOException {
        String text = withoutMark(reader(in).readAllAsString());
        if (text.length() <= PART_CHARACTERS) {
            accept(source, text);
            return;
        }
        int start = 0;
        for (int part = 1; start < text.length(); part++) {
            int end = partEnd(text, start);
            accept(source + "#" + part, text.substring(start, end));
            start = end;
        }
    }

    private static int partEnd(String text, int start) {
        int most = start + PART_CHARACTERS;
        if (most >= text.length()) {
            return text.length();
        }
        int paragraph = text.lastIndexOf("\n\n", most);
        if (paragraph > start) {
            return paragraph + 2;
        }
        int line = text.lastIndexOf('\n', most - 1);
        if (line > start) {
            return line + 1;
        }
        return Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    }

    private void accept(String id, String text) {
        if (!text.isBlank()) {
            sink.accept(new Document(id, text));
        }
    }

    private static BufferedReader reader(InputStream in) {
        return new BufferedReader(new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    private static BufferedReader skipMark(BufferedReader reader) throws IOException {
        reader.mark(1);
        if (reader.read() != BYTE_ORDER_MARK) {
            reader.reset();
        }
        return reader;
    }

    private static String withoutMark(String text) {
        return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    }

    private static CorpusException unreadable(String source, long line, IOException e) {
        String where = line > 0 ? " after line " + line : "";
        if (e instanceof CharacterCodingException || e.getCause() instanceof CharacterCodingException) {
            return new CorpusException(source + ": not UTF-8" + where + "; convert it, as with iconv -t UTF-8", e);
        }
        return new CorpusException(source + " cannot be read" + where + ": " + e, e);
    }
}
