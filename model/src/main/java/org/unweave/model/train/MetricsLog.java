package org.unweave.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.model.sae.LossTerms;

/**
 * A job's {@code metrics.jsonl}: one JSON object a line, of a training step or of held-out rows.
 *
 * <p>See {@link StepLog} for what becomes of lines when it is opened anew, or when the disk is full.
 */
public final class MetricsLog {
    /** Rows that are trained on. */
    public static final String TRAIN = "train";

    /** Rows that are never trained on. */
    public static final String HELD_OUT = "held-out";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final StepLog log;
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
        this.log = new StepLog(file, step, this::keep, mayWrite);
    }

    private void keep(JsonNode line) {
        lastWallSeconds = line.path("wall_s").asDouble();
        lastRowsPerSecond = line.path("rows_per_second").asDouble();
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
     * @param split {@link #TRAIN} or {@link #HELD_OUT}
     * @param step updates so far, this one included
     * @param rows rows seen so far
     * @param wallSeconds seconds that the job has trained, earlier attempts included
     * @param learningRate of this update
     * @param rowsPerSecond over the time since the last line
     * @param set what was set while the job trained, by its key; not in a line where that is nothing
     */
    public record Line(
            String split,
            long step,
            long rows,
            double wallSeconds,
            LossTerms loss,
            double learningRate,
            double rowsPerSecond,
            Map<String, Double> set) {}

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
        if (!line.set().isEmpty()) {
            json.set("set", object(line.set()));
        }
        log.append(json.toString());
    }

    /**
     * Writes the lines for which there was no room.
     *
     * @throws UncheckedIOException if there is none yet; they are kept
     */
    public void flush() {
        log.flush();
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
