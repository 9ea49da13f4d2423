package org.unweave.model.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;

/**
 * What a store holds. It is written last, so that a store with an index is whole; it carries its own checksum.
 *
 * @param heldOut rows of documents that no training row comes from
 */
record StoreIndex(HarvestRecipe recipe, Part train, Part heldOut) {
    static final int FORMAT_VERSION = 1;
    static final String FILE = "index.json";
    private static final String CHECKSUM = "sha256";
    private static final String BODY = "index";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /**
     * @param rows all rows, kept or not
     * @param sequenceLengths rows of each sequence, in order; a sequence starts where the one before it ends
     * @param excludedRows rows whose norm is above the bar, ascending
     * @param meanNorm over the kept rows
     * @param medianNorm over all rows
     * @param meanSquaredNorm over the kept rows
     */
    record Part(
            long rows,
            List<Integer> sequenceLengths,
            List<Shard> shards,
            List<Long> excludedRows,
            double meanNorm,
            double medianNorm,
            double meanSquaredNorm) {
        Part {
            sequenceLengths = List.copyOf(sequenceLengths);
            shards = List.copyOf(shards);
            excludedRows = List.copyOf(excludedRows);
        }
    }

    /** A file of whole sequences. */
    record Shard(String file, long rows, String sha256) {}

    void write(Path folder) throws IOException {
        ObjectNode whole = JSON.createObjectNode();
        JsonNode body = JSON.valueToTree(this);
        whole.put(CHECKSUM, Sha256.of(JSON.writeValueAsBytes(body)));
        whole.set(BODY, body);
        Durable.write(folder.resolve(FILE), JSON.writeValueAsBytes(whole));
    }

    /** SHA-256 of all shards' checksums, in order. */
    String fingerprint() {
        String checksums = Stream.concat(train.shards().stream(), heldOut.shards().stream())
                .map(Shard::sha256)
                .collect(Collectors.joining("\n"));
        return Sha256.of(checksums.getBytes(StandardCharsets.US_ASCII));
    }

    static StoreIndex read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new StoreException("activation store " + folder + " has no " + FILE
                    + ": its harvest did not end; harvest again, which goes on after the whole shards");
        }
        try {
            return parse(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw corrupt(file, "it cannot be read (" + e.getClass().getSimpleName() + ": " + firstLine(e) + ")", e);
        }
    }

    private static StoreIndex parse(Path file, byte[] bytes) throws IOException {
        JsonNode whole = JSON.readTree(bytes);
        JsonNode body = whole.path(BODY);
        int version = body.path("recipe").path("formatVersion").asInt();
        if (version > FORMAT_VERSION) {
            throw new StoreException("activation store " + file + " has format version " + version
                    + ", this program reads up to " + FORMAT_VERSION + "; use a newer program, or delete the folder");
        }
        String expected = whole.path(CHECKSUM).asText();
        String actual = Sha256.of(JSON.writeValueAsBytes(body));
        if (!actual.equals(expected)) {
            throw corrupt(file, "expected sha256 " + expected + ", got " + actual, null);
        }
        return JSON.treeToValue(body, StoreIndex.class);
    }

    private static StoreException corrupt(Path file, String problem, @Nullable Throwable cause) {
        return new StoreException(
                "activation store index " + file + " is corrupt: " + problem + "; delete the file and harvest again",
                cause);
    }

    private static String firstLine(IOException e) {
        if (e instanceof JsonProcessingException json) {
            return json.getOriginalMessage();
        }
        return String.valueOf(e.getMessage());
    }
}
