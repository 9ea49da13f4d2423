package org.unweave.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the logs say of a run, or of one of its jobs: its own log, that of later evaluations, and of the logs of a cluster's
 * nodes the lines that are of this run. Entries of several files are put in the order of their times.
 */
final class RunLog {
    /** The log of a run of one process. */
    static final String OWN = "unweave.log";
    /** The log of {@code unweave eval}. */
    static final String EVALUATION = "eval.log";

    private static final String NODES = ".nodes";

    private final Path folder;
    private final String run;
    private final String job;
    private final LogLevel level;
    private final Map<Path, Source> sources = new LinkedHashMap<>();

    private RunLog(Path folder, String job, LogLevel level) {
        this.folder = folder.toAbsolutePath().normalize();
        this.run = String.valueOf(this.folder.getFileName());
        this.job = job;
        this.level = level;
    }

    /**
     * @param job empty for all of the run
     * @param level the least that is given
     */
    static RunLog of(Path folder, String job, LogLevel level) {
        return new RunLog(folder, job, level);
    }

    /** The files that are there and may tell of the run. */
    List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (String own : List.of(OWN, EVALUATION)) {
            Path file = folder.resolve(own);
            if (Files.isRegularFile(file)) {
                files.add(file);
            }
        }
        files.addAll(nodes());
        return files;
    }

    private List<Path> nodes() {
        Path nodes = folder.resolveSibling(NODES);
        if (!Files.isDirectory(nodes)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(nodes)) {
            return entries.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(nodes + " cannot be listed", e);
        }
    }

    /** What is new since the last call, in the order of time. */
    List<LogEntry> poll() {
        for (Path file : files()) {
            sources.computeIfAbsent(file, one -> new Source(new LogTail(one), one.startsWith(folder)));
        }
        List<LogEntry> entries = new ArrayList<>();
        sources.values().forEach(source -> entries.addAll(source.poll()));
        // Stable: entries of one file and one time stay in their order.
        entries.sort(Comparator.comparing(LogEntry::time));
        return entries;
    }

    /** One file. */
    private final class Source {
        private final LogTail tail;
        private final boolean own;
        /** Whether the last entry was given, so that lines that follow it are given too. */
        private boolean given;

        private String time = "";

        private Source(LogTail tail, boolean own) {
            this.tail = tail;
            this.own = own;
        }

        List<LogEntry> poll() {
            List<LogEntry> entries = new ArrayList<>();
            for (String line : tail.poll()) {
                Optional<LogEntry> begun = LogEntry.of(line);
                if (begun.isPresent()) {
                    given = wanted(begun.get());
                    time = begun.get().time();
                    begun.filter(one -> given).ifPresent(entries::add);
                } else if (given && !entries.isEmpty()) {
                    entries.set(entries.size() - 1, entries.getLast().with(line));
                } else if (given) {
                    entries.add(LogEntry.loose(line, time));
                }
            }
            return entries;
        }

        private boolean wanted(LogEntry entry) {
            boolean ofRun = own ? entry.mayBeOf(run) : entry.run().equals(run) || LogEntry.names(entry.message(), run);
            return entry.level().compareTo(level) >= 0 && ofRun && (job.isEmpty() || entry.isOf(job));
        }
    }
}
