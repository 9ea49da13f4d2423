package org.unweave.cluster.events;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last lines of this process's log. Safe for concurrent use. */
public final class LogRing implements AutoCloseable {
    /** Lines that are kept. */
    public static final int MOST_LINES = 2000;

    private static final int MOST_LETTERS = 2000;

    /**
     * A line.
     *
     * @param level {@code DEBUG}, {@code INFO}, {@code WARN} or {@code ERROR}
     * @param severity the level's number, rising
     * @param logger the last part of its name
     * @param run that it is about, as far as the line says; else empty
     * @param message with the exception's own after it, if there is one; at most 2000 letters
     */
    public record Line(
            Instant time, String level, int severity, String logger, String run, String job, String message) {}

    private final Deque<Line> lines = new ArrayDeque<>();
    private final Consumer<Line> listener;
    private final Appender appender = new Appender();

    private final class Appender extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            keep(line(event));
        }
    }

    private LogRing(Consumer<Line> listener) {
        this.listener = listener;
    }

    /**
     * Keeps what is logged from now on.
     *
     * @param listener told of each line on the thread that logs it; it must be quick and must not log
     */
    public static LogRing begin(Consumer<Line> listener) {
        LogRing ring = new LogRing(listener);
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            ring.appender.setContext(context);
            ring.appender.start();
            context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(ring.appender);
        }
        return ring;
    }

    /** The number of a level by its name, in capitals or not; -1 for no level. */
    public static int severity(String level) {
        Level known = Level.toLevel(level, null);
        return known == null ? -1 : known.toInt();
    }

    private static Line line(ILoggingEvent event) {
        Map<String, String> context = event.getMDCPropertyMap();
        String message = String.valueOf(event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            message += ": " + thrown.getClassName() + ": " + thrown.getMessage();
        }
        String logger = event.getLoggerName();
        return new Line(
                event.getInstant(),
                event.getLevel().toString(),
                event.getLevel().toInt(),
                logger.substring(logger.lastIndexOf('.') + 1),
                context.getOrDefault("run", ""),
                context.getOrDefault("job", ""),
                message.length() > MOST_LETTERS ? message.substring(0, MOST_LETTERS) + " ..." : message);
    }

    private void keep(Line line) {
        synchronized (lines) {
            lines.add(line);
            if (lines.size() > MOST_LINES) {
                lines.remove();
            }
        }
        listener.accept(line);
    }

    /** The last lines of at least a level, oldest first. */
    public List<Line> last(int most, int leastSeverity) {
        List<Line> found = new ArrayList<>();
        synchronized (lines) {
            var newestFirst = lines.descendingIterator();
            while (newestFirst.hasNext() && found.size() < most) {
                Line line = newestFirst.next();
                if (line.severity() >= leastSeverity) {
                    found.add(line);
                }
            }
        }
        return found.reversed();
    }

    @Override
    public void close() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).detachAppender(appender);
            appender.stop();
        }
    }
}
