package org.unweave.model.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.file.Durable;

/**
 * A folder that is written aside and renamed when it is whole. What lies there before is replaced only if it is an export
 * of this program with nothing else in it.
 *
 * @param target where it is to lie
 * @param files all names that an export of this format may have
 * @param ours whether a folder is an export of this program
 */
record ExportFolder(Path target, Set<String> files, Predicate<Path> ours) {
    ExportFolder {
        files = Set.copyOf(files);
    }

    /** Puts the files into a folder. */
    @FunctionalInterface
    interface Content {
        void write(Path folder) throws IOException;
    }

    void write(boolean replace, Content content) {
        Path aside = Durable.aside(target);
        try {
            requireFree(replace);
            Files.createDirectories(aside);
            content.write(aside);
            requireFree(replace); // Another process may have been quicker.
            putInPlace(aside);
        } catch (IOException e) {
            discard(aside, e);
            throw new CheckpointException(
                    "cannot write the export " + target + " (" + e + "); free disk space, make its folder writable, or"
                            + " choose another by --out",
                    e);
        } catch (RuntimeException e) {
            discard(aside, e);
            throw e;
        }
    }

    private void putInPlace(Path aside) throws IOException {
        if (!Files.exists(target)) {
            Durable.renameFolder(aside, target);
            return;
        }
        Path before = Durable.aside(target);
        Durable.renameFolder(target, before);
        Durable.renameFolder(aside, target);
        Durable.deleteRecursively(before);
    }

    private static void discard(Path aside, Exception cause) {
        try {
            Durable.deleteRecursively(aside);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void requireFree(boolean replace) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new CheckpointException(target + " is a file; choose a folder by --out");
        }
        List<String> there;
        try (Stream<Path> entries = Files.list(target)) {
            there = entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        }
        if (there.isEmpty()) {
            return;
        }
        if (!ours.test(target)) {
            throw new CheckpointException(target + " holds files that this program did not export (" + first(there)
                    + "); choose another folder by --out");
        }
        List<String> foreign =
                there.stream().filter(name -> !files.contains(name)).toList();
        if (!foreign.isEmpty()) {
            throw new CheckpointException(target + " holds an export, but other files too (" + first(foreign)
                    + "); move them away, or choose another folder by --out");
        }
        if (!replace) {
            throw new CheckpointException(
                    target + " holds an export already; replace it by --force, or choose another folder by --out");
        }
    }

    private static String first(List<String> names) {
        return names.getFirst() + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "");
    }
}
