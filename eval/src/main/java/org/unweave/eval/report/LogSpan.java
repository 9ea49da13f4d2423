package org.unweave.eval.report;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * When a log begins and ends. Its lines have the local time of the machine that wrote them, which is taken for this one's.
 */
record LogSpan(Instant first, Instant last) {
    private static final int PIECE = 8192;
    private static final int TIME = "2026-01-01T00:00:00.000".length();

    /** Nothing where there is no log, or none of the lines at its ends has a time. */
    static Optional<LogSpan> of(Path log) {
        if (!Files.isRegularFile(log)) {
            return Optional.empty();
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            Optional<Instant> first =
                    times(piece(file, 0)).stream().flatMap(Optional::stream).findFirst();
            List<Optional<Instant>> end = times(piece(file, Math.max(0, file.length() - PIECE)));
            Optional<Instant> last =
                    end.reversed().stream().flatMap(Optional::stream).findFirst();
            return first.isEmpty() || last.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new LogSpan(first.get(), last.get()));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static String piece(RandomAccessFile file, long from) throws IOException {
        file.seek(from);
        byte[] bytes = new byte[(int) Math.min(PIECE, file.length() - from)];
        file.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<Optional<Instant>> times(String text) {
        return Arrays.stream(text.split("\n")).map(LogSpan::time).toList();
    }

    private static Optional<Instant> time(String line) {
        if (line.length() < TIME) {
            return Optional.empty();
        }
        try {
            return Optional.of(LocalDateTime.parse(line.substring(0, TIME))
                    .atZone(ZoneId.systemDefault())
                    .toInstant());
        } catch (DateTimeException noTime) {
            return Optional.empty();
        }
    }
}
