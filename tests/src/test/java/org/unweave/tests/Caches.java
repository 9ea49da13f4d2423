package org.unweave.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.BundleException;

/** Cache folders of the tests' own: they hold the machine's bundle and nothing else. */
final class Caches {
    private Caches() {}

    /** A cache in which the bundle is there already; the bundle itself is the machine's. */
    static Path withBundle(Path cache) {
        try {
            Files.createDirectories(cache);
            Files.createSymbolicLink(cache.resolve("bundle"), bundle());
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A cache with the bundle's files, one by one, so that one of them can be replaced. */
    static Path withBundleFiles(Path cache) {
        try {
            Path folder = Files.createDirectories(cache.resolve("bundle"));
            for (Path file : files(bundle())) {
                Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
            }
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The language model's file. */
    static Path model() {
        return opened().model();
    }

    private static Path bundle() {
        return model().toAbsolutePath().getParent();
    }

    private static Bundle opened() {
        try {
            return Bundle.open(Bundle.defaultCache());
        } catch (BundleException e) {
            throw new AssertionError("these tests need the bundle; run bin/unweave fetch", e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".lock"))
                    .toList();
        }
    }
}
