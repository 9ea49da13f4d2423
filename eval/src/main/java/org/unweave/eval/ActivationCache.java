package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.model.file.Sha256;

/**
 * What the language model makes of the evaluation sets, one folder each, made once and used again by later runs.
 *
 * <p>An entry is a folder of row files and one {@code meta.json}, all with checksums; it is written aside and then
 * renamed, so an entry that is there is whole. One that is not as its checksums say is made anew, with a warning.
 */
final class ActivationCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ActivationCache.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String META = "meta.json";
    private static final String META_SUM = "meta.json.sha256";
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path folder;
    private final Arena arena = Arena.ofShared();

    ActivationCache(Path folder) {
        this.folder = folder;
    }

    /** Computes an entry. */
    @FunctionalInterface
    interface Maker {
        void make(Draft draft) throws IOException;
    }

    /** The entry of this key, which must name everything that decides its content. */
    Entry entry(String key, String what, Maker maker) {
        Path entry = folder.resolve(key);
        try {
            if (Files.exists(entry)) {
                try {
                    return open(entry);
                } catch (IOException | RuntimeException e) {
                    LOG.warn("the stored activations of {} are damaged and are computed anew: {}", what, reason(e));
                    delete(entry);
                }
            }
            make(entry, maker);
            return open(entry);
        } catch (IOException | UncheckedIOException e) {
            throw new EvaluationException(
                    "cannot keep the activations of " + what + " in " + entry + ": " + reason(e)
                            + "; check the folder's rights and the disk's free space, or set another cache folder",
                    e);
        }
    }

    private static String reason(Exception e) {
        String kind = e instanceof FileSystemException ? e.getClass().getSimpleName() + " " : "";
        return kind + e.getMessage();
    }

    private Entry open(Path entry) throws IOException {
        byte[] bytes = Files.readAllBytes(entry.resolve(META));
        String sum = Files.readString(entry.resolve(META_SUM)).strip();
        String found = Sha256.of(bytes);
        if (!found.equals(sum)) {
            throw new IOException(entry.resolve(META) + " has the sha256 " + found + ", not " + sum);
        }
        JsonNode meta = MAPPER.readTree(bytes);
        Map<String, RowFile> files = new HashMap<>();
        for (Map.Entry<String, JsonNode> file : meta.required("files").properties()) {
            JsonNode shape = file.getValue();
            files.put(
                    file.getKey(),
                    RowFile.map(
                            entry.resolve(file.getKey()),
                            shape.required("rows").intValue(),
                            shape.required("columns").intValue(),
                            shape.required("sha256").textValue(),
                            arena));
        }
        return new Entry(meta.required("values"), files);
    }

    private void make(Path entry, Maker maker) throws IOException {
        Files.createDirectories(folder);
        deleteAbandoned();
        Path draftFolder = folder.resolve(entry.getFileName() + "." + UUID.randomUUID() + ".tmp");
        Files.createDirectory(draftFolder);
        try {
            try (Draft draft = new Draft(draftFolder)) {
                maker.make(draft);
                draft.seal();
            }
            move(draftFolder, entry);
        } finally {
            delete(draftFolder);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another process that computed the same came first: its entry is as good.
            if (!Files.exists(to)) {
                throw e;
            }
        }
    }

    /** Drafts of processes that were killed. */
    private void deleteAbandoned() throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(folder, "*.tmp")) {
            for (Path draft : drafts) {
                if (Files.getLastModifiedTime(draft)
                        .toInstant()
                        .isBefore(Instant.now().minus(ABANDONED))) {
                    delete(draft);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** Unmaps the files of all entries. */
    @Override
    public void close() {
        arena.close();
    }

    /** A whole entry. */
    static final class Entry {
        private final JsonNode values;
        private final Map<String, RowFile> files;

        private Entry(JsonNode values, Map<String, RowFile> files) {
            this.values = values;
            this.files = files;
        }

        JsonNode values() {
            return values;
        }

        RowFile file(String name) {
            RowFile file = files.get(name);
            if (file == null) {
                throw new IllegalStateException("no file " + name + " among " + files.keySet());
            }
            return file;
        }
    }

    /** An entry that is being written. */
    static final class Draft implements AutoCloseable {
        private final Path directory;
        private final Map<String, RowFile.Writer> writers = new LinkedHashMap<>();
        private final ObjectNode meta = MAPPER.createObjectNode();
        private final ObjectNode files = meta.putObject("files");
        private final ObjectNode values = meta.putObject("values");

        private Draft(Path directory) {
            this.directory = directory;
        }

        RowFile.Writer file(String name, int columns) throws IOException {
            RowFile.Writer writer = new RowFile.Writer(directory.resolve(name), columns);
            writers.put(name, writer);
            files.putObject(name).put("columns", columns);
            return writer;
        }

        /** Numbers to keep beside the rows. */
        ObjectNode values() {
            return values;
        }

        private void seal() throws IOException {
            for (Map.Entry<String, RowFile.Writer> writer : writers.entrySet()) {
                ((ObjectNode) files.required(writer.getKey()))
                        .put("rows", writer.getValue().rows())
                        .put("sha256", writer.getValue().finish());
            }
            byte[] bytes = MAPPER.writeValueAsBytes(meta);
            Path path = Files.write(directory.resolve(META), bytes);
            String sum = Sha256.of(bytes);
            Path sumPath = Files.write(directory.resolve(META_SUM), sum.getBytes(StandardCharsets.US_ASCII));
            for (Path file : new Path[] {path, sumPath}) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (RowFile.Writer writer : writers.values()) {
                writer.close();
            }
        }
    }
}
