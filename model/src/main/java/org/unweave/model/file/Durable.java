package org.unweave.model.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that are whole or absent, also after a kill or a loss of power: written aside, forced to the disk, renamed. */
public final class Durable {
    private static final Logger LOG = LoggerFactory.getLogger(Durable.class);
    private static final String ASIDE = ".writing-";
    private static final String UNFINISHED = ".part";

    private Durable() {}

    /** Overwrites a text file; makes its folder where there is none. */
    public static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Overwrites a file; makes its folder where there is none. */
    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, bytes, () -> {});
    }

    /**
     * The same.
     *
     * @param mayName called when all is written, before the file gets its name; what it throws is let through, and the file is
     *     as it was
     */
    public static void write(Path file, byte[] bytes, Runnable mayName) throws IOException {
        Files.createDirectories(folderOf(file));
        Path aside = aside(file);
        try {
            try (FileChannel channel =
                    FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeFully(channel, ByteBuffer.wrap(bytes));
                channel.force(true);
            }
            mayName.run();
            rename(aside, file);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** A name beside {@code target}, new each time, for what is being written. */
    public static Path aside(Path target) {
        return folderOf(target).resolve(ASIDE + target.getFileName() + "-" + UUID.randomUUID());
    }

    /** Removes what is written of a file and has no name yet: whoever writes it finds that it is gone. */
    public static void removeAside(Path file) throws IOException {
        if (!Files.isDirectory(folderOf(file))) {
            return;
        }
        List<Path> aside;
        try (Stream<Path> entries = Files.list(folderOf(file))) {
            aside = entries.filter(
                            entry -> String.valueOf(entry.getFileName()).startsWith(ASIDE + file.getFileName() + "-"))
                    .toList();
        }
        for (Path one : aside) {
            Files.deleteIfExists(one);
        }
    }

    /** Whether a kill left this half written. */
    public static boolean isAside(Path path) {
        Path name = path.getFileName();
        return name != null && name.toString().startsWith(ASIDE);
    }

    /** A name beside {@code file}, the same each time, where it is written until it is whole. */
    public static Path unfinished(Path file) {
        return file.resolveSibling(file.getFileName() + UNFINISHED);
    }

    /** Makes what was written survive a loss of power, then gives it its name. */
    public static void finish(Path part, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        rename(part, file);
    }

    /** Renames a file that was already forced to the disk. */
    public static void rename(Path part, Path file) throws IOException {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder(folderOf(file));
    }

    /** Renames a folder whose files were already forced to the disk; there must be none of that name. */
    public static void renameFolder(Path from, Path to) throws IOException {
        forceFolder(from);
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        forceFolder(folderOf(to));
    }

    // A folder can be opened and forced on Unix only; elsewhere the rename's own guarantees must do.
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            LOG.debug("folder {} cannot be forced to the disk: {}", folder, e.toString());
        }
    }

    /** Removes a folder and what is in it; does nothing where there is none. */
    public static void deleteRecursively(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(folder)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }

    private static Path folderOf(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no folder");
        }
        return parent;
    }
}
