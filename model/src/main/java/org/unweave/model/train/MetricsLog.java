package org.unweave.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Map;
import java.util.TreeMap;
import org.unweave.model.file.DiskFull;
import org.unweave.model.file.Durable;
import org.unweave.model.sae.LossTerms;

/**
 * A job's {@code metrics.jsonl}: one JSON object a line, of a training step or of held-out rows.
 *
 * <p>Opened at a step, it forgets the lines of later steps, which an interrupted run has written and will write again. Lines
 * for which the disk has no room are kept until it has.
 */
public final class MetricsLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Runnable mayWrite;
    private final StringBuilder unwritten = new StringBuilder();
    private double lastWallSeconds;
    private double lastRowsPerSecond;

    /** Opens the log as it was after {@code step} updates. */
    public MetricsLog(Path file, long step) {
        this(file, step, () -> {});
    }

    /**
     * The same.
     *
     * @param mayWrite called before anything is written to a file that is open already; what it throws is let through, and
     *     nothing is written
     */
    MetricsLog(Path file, long step, Runnable mayWrite) {
        this.file = file;
        this.mayWrite = mayWrite;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (Files.exists(file)) {
                Durable.write(file, String.join("", linesUpTo(step)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened", e);
        }
    }

    private List<String> linesUpTo(long step) throws IOException {
        List<String> kept = new ArrayList<>();
        // Decoded leniently: a torn line may end inside a character.
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            try {
                JsonNode json = JSON.readTree(line);
                if (json.path("step").asLong(Long.MAX_VALUE) <= step) {
                    kept.add(line + "\n");
                    lastWallSeconds = json.path("wall_s").asDouble();
                    lastRowsPerSecond = json.path("rows_per_second").asDouble();
                }
            } catch (IOException torn) {
                break; // A kill tore the last line; nothing after it counts.
            }
        }
        return kept;
    }

    /** The seconds of training that the last line kept tells of; 0 where there is none. */
    public double lastWallSeconds() {
        return lastWallSeconds;
    }

    /** The rate that the last line kept tells of; 0 where there is none. */
    public double lastRowsPerSecond() {
        return lastRowsPerSecond;
    }

    /**
     * One line.
     *
     * @param split {@code train} or {@code held-out}
     * @param step updates so far, this one included
     * @param rows rows seen so far
     * @param wallSeconds seconds that the job has trained, earlier attempts included
     * @param learningRate of this update
     * @param rowsPerSecond over the time since the last line
     */
    public record Line(
            String split,
            long step,
            long rows,
            double wallSeconds,
            LossTerms loss,
            double learningRate,
            double rowsPerSecond) {}

    /** Adds a line. */
    public void append(Line line) {
        LossTerms loss = line.loss();
        ObjectNode json = JSON.createObjectNode();
        json.put("split", line.split());
        json.put("step", line.step());
        json.put("rows", line.rows());
        json.put("wall_s", rounded(line.wallSeconds()));
        json.put("loss", loss.loss());
        json.set("terms", object(loss.terms()));
        json.set("term_gradient_share", object(loss.gradientShare()));
        json.set("curves", object(loss.curves()));
        json.put("l0", loss.l0());
        json.put("variance_explained", loss.varianceExplained());
        json.put("dead_share", loss.deadShare());
        json.put("lr", line.learningRate());
        json.put("rows_per_second", rounded(line.rowsPerSecond()));
        unwritten.append(json).append('\n');
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
    public void flush() {
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

    private static ObjectNode object(Map<String, Double> values) {
        ObjectNode json = JSON.createObjectNode();
        new TreeMap<>(values).forEach(json::put);
        return json;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
