package org.unweave.cluster.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a log with those that belong to it, as the trace of a failure.
 *
 * @param time as it stands there, to compare with that of others
 * @param run empty where the line is of no run
 * @param job empty where the line is of no job
 */
record LogEntry(String time, LogLevel level, String run, String job, String message, List<String> lines) {
    /** As {@link LogFile} writes them. */
    private static final Pattern HEAD = Pattern.compile(
            "(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}) (TRACE|DEBUG|INFO|WARN|ERROR) +\\S+ run=(\\S*) job=(\\S*) (.*)");

    LogEntry {
        lines = List.copyOf(lines);
    }

    /** Nothing where the line begins no entry. */
    static Optional<LogEntry> of(String line) {
        Matcher head = HEAD.matcher(line);
        return head.matches()
                ? Optional.of(new LogEntry(
                        head.group(1),
                        LogLevel.valueOf(head.group(2)),
                        head.group(3),
                        head.group(4),
                        head.group(5),
                        List.of(line)))
                : Optional.empty();
    }

    /** A line that belongs to an entry which was given before, of that entry's time. */
    static LogEntry loose(String line, String time) {
        return new LogEntry(time, LogLevel.INFO, "", "", line, List.of(line));
    }

    LogEntry with(String line) {
        List<String> more = new ArrayList<>(lines);
        more.add(line);
        return new LogEntry(time, level, run, job, message, more);
    }

    /** Whether it is of this run, or of none. */
    boolean mayBeOf(String name) {
        return run.isEmpty() || run.equals(name);
    }

    /** Whether the job wrote it, or one of no job that names this one. */
    boolean isOf(String name) {
        return job.equals(name) || job.isEmpty() && names(message, name);
    }

    /** Whether a text has the name as a word of its own: {@code topk} is not named by {@code topk-k64}. */
    static boolean names(String text, String name) {
        return Arrays.asList(text.split("[^A-Za-z0-9._-]+")).stream()
                .map(word -> word.replaceAll("[.]+$", ""))
                .anyMatch(word -> word.equals(name));
    }
}
