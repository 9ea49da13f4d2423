package org.unweave.eval.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.unweave.eval.report.MetricsLine.Split;

/** The end of a job's {@code metrics.jsonl}, for those who need no more of it. */
final class NewestMetrics {
    private static final int END = 1 << 18;

    private NewestMetrics() {}

    /** The newest line of held-out rows, if one stands in the last 256 KiB. */
    static Optional<MetricsLine> heldOut(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (RandomAccessFile metrics = new RandomAccessFile(file.toFile(), "r")) {
            long from = Math.max(0, metrics.length() - END);
            metrics.seek(from);
            byte[] bytes = new byte[(int) (metrics.length() - from)];
            metrics.readFully(bytes);
            return Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\n")).reversed().stream()
                    .filter(line -> line.contains("held-out"))
                    .flatMap(line -> parse(line).stream())
                    .filter(line -> line.split() == Split.HELD_OUT)
                    .findFirst();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<MetricsLine> parse(String line) {
        try {
            JsonNode node = JsonFields.MAPPER.readTree(line);
            return node.isObject() ? Optional.of(MetricsLine.of(node)) : Optional.empty();
        } catch (JsonProcessingException torn) {
            return Optional.empty();
        }
    }
}
