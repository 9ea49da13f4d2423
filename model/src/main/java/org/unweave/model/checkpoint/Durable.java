package org.unweave.model.checkpoint;

import java.io.IOException;
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

/** Files that are whole or absent, also after a kill: written aside, forced to the disk, renamed. */
public final class Durable {
    private static final String ASIDE = ".writing-";

    private Durable() {}

    /** Overwrites a small text file. */
    public static void write(Path file, String text) throws IOException {
        Path folder = parent(file);
        Files.createDirectories(folder);
        Path aside = aside(file);
        try {
            Files.writeString(aside, text, StandardCharsets.UTF_8);
            force(aside);
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(folder);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /** A name beside {@code target} for what is being written. */
    static Path aside(Path target) {
        return parent(target).resolve(ASIDE + target.getFileName() + "-" + UUID.randomUUID());
    }

    static boolean isAside(Path path) {
        Path name = path.getFileName();
        return name != null && name.toString().startsWith(ASIDE);
    }

    /** Returns when a file's or a folder's content is on the disk. */
    public static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Removes a folder and what is in it; does nothing where there is none. */
    public static void deleteRecursively(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no folder");
        }
        return parent;
    }
}
