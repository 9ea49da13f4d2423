package org.unweave.tests;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;

/**
 * The classes that a node loads, in a file that the JVM maps in place of loading them: a process starts in half the time.
 * Made by a node that is started for this, once for a class path.
 */
final class ClassArchive {
    private static final Path FOLDER = Path.of("target").toAbsolutePath();

    private static class Made {
        private static final List<String> OPTIONS = make();
    }

    private ClassArchive() {}

    /** What a JVM with {@link #classPath()} is started with; nothing where its classes lie in folders, as in an IDE. */
    static List<String> options() {
        return Made.OPTIONS;
    }

    /** Of {@code unweave}: that of the tests without their own classes. */
    static String classPath() {
        return entries().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> entries() {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(Path::of)
                .filter(entry -> !entry.toAbsolutePath().startsWith(FOLDER))
                .toList();
    }

    private static List<String> make() {
        List<Path> entries = entries();
        if (entries.stream().anyMatch(Files::isDirectory)) {
            return List.of();
        }
        try {
            Path archive = FOLDER.resolve("classes").resolve(version(entries) + ".jsa");
            // Another JVM with tests may want it at the same time.
            try (FileChannel file = FileChannel.open(
                            FOLDER.resolve("classes.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = file.lock()) {
                if (lock.isValid() && !Files.exists(archive)) {
                    Durable.deleteRecursively(archive.resolveSibling("")); // Of other versions, each large.
                    write(archive);
                }
            }
            // It says which options it was not written with.
            return List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:aot=off");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String version(List<Path> entries) throws IOException {
        StringBuilder all = new StringBuilder(Runtime.version().toString());
        for (Path entry : entries) {
            all.append(entry).append(Files.size(entry)).append(Files.getLastModifiedTime(entry));
        }
        return Sha256.of(all.toString()).substring(0, 16);
    }

    private static void write(Path archive) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(archive.resolveSibling("node"));
        Path made = folder.resolve("made.jsa");
        List<Integer> ports = Fork.freePorts(2);
        String bind = "127.0.0.1:" + ports.getFirst();
        String http = "127.0.0.1:" + ports.getLast();
        List<String> node = new ArrayList<>(List.of("node", "--role", String.join(",", TestCluster.ALL_ROLES)));
        node.addAll(List.of("--bind", bind, "--seed", bind, "--http", http, "--runs", folder.toString()));
        List<String> archiving = List.of("-XX:ArchiveClassesAtExit=" + made, "-Xlog:cds=off", "-Xlog:aot=off");
        try (RunProcess process = RunProcess.startBare(Machine.LOOPBACK, folder, Map.of(), archiving, node)) {
            process.await(() -> CommandLine.execute("ctl", "status", "--node", "http://" + http)
                    .out()
                    .contains(bind));
            process.signal("TERM");
            process.end();
            if (!Files.exists(made)) {
                throw new AssertionError("there is no archive of classes:\n" + process);
            }
        }
        Files.move(made, archive);
        Durable.deleteRecursively(folder);
    }
}
