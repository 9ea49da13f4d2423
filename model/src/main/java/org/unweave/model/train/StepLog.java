package org.unweave.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.unweave.model.file.DiskFull;
import org.unweave.model.file.Durable;

/**
 * A file of a job with one JSON object a line, each with its {@code step}.
 *
 * <p>Opened at a step, it forgets the lines of later steps, which an interrupted run has written and will write again. Lines
 * for which the disk has no room are kept until it has.
 */
final class StepLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Runnable mayWrite;
    private final StringBuilder unwritten = new StringBuilder();

    /**
     * Opens the log as it was after {@code step} updates.
     *
     * @param kept called with each line that is kept
     * @param mayWrite called before anything is written to a file that is open already; what it throws is let through, and
     *     nothing is written
     */
    StepLog(Path file, long step, Consumer<JsonNode> kept, Runnable mayWrite) {
        this.file = file;
        this.mayWrite = mayWrite;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (Files.exists(file)) {
                Durable.write(file, String.join("", linesUpTo(step, kept)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened", e);
        }
    }

    private List<String> linesUpTo(long step, Consumer<JsonNode> kept) throws IOException {
        List<String> lines = new ArrayList<>();
        // Decoded leniently: a torn line may end inside a character.
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            try {
                JsonNode json = JSON.readTree(line);
                if (json.path("step").asLong(Long.MAX_VALUE) <= step) {
                    lines.add(line + "\n");
                    kept.accept(json);
                }
            } catch (IOException torn) {
                break; // A kill tore the last line; nothing after it counts.
            }
        }
        return lines;
    }

    /** Adds a line, which is written as soon as there is room. */
    void append(String line) {
        unwritten.append(line).append('\n');
        try {
            flush();
        } catch (UncheckedIOException e) {
            if (!DiskFull.is(e)) {
                throw e;
            }
        }
    }

    /**
     * Writes the lines for which there was no room.
     *
     * @throws UncheckedIOException if there is none yet; they are kept
     */
    void flush() {
        if (unwritten.isEmpty()) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // Asked with the file open: whoever may write from now on has put, or puts, another in its place.
            mayWrite.run();
            long end = channel.size();
            channel.position(end);
            try {
                Durable.writeFully(channel, ByteBuffer.wrap(unwritten.toString().getBytes(StandardCharsets.UTF_8)));
            } catch (IOException e) {
                channel.truncate(end); // Part of it may be there.
                throw e;
            }
            unwritten.setLength(0);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}
