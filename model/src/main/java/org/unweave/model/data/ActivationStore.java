package org.unweave.model.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.model.file.Sha256;

/**
 * Activations of a language model on disk, memory-mapped: rows for training, and rows of documents that were held out.
 * Every file's size and checksum are verified when the store is opened. Safe for concurrent use until it is closed.
 */
public final class ActivationStore implements AutoCloseable {
    private static final long HASH_CHUNK_BYTES = 1 << 26;

    private final Path folder;
    private final HarvestRecipe recipe;
    private final String fingerprint;
    private final Arena arena;
    private final StorePart train;
    private final StorePart heldOut;

    private ActivationStore(Path folder, StoreIndex index, Arena arena) {
        this.folder = folder;
        this.recipe = index.recipe();
        this.fingerprint = index.fingerprint();
        this.arena = arena;
        this.train = new StorePart(index.train(), recipe, map(folder, index.train(), recipe, arena));
        this.heldOut = new StorePart(index.heldOut(), recipe, map(folder, index.heldOut(), recipe, arena));
    }

    /** Opens a store that was harvested to its end. */
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the store
    public static ActivationStore open(Path folder) {
        StoreIndex index = StoreIndex.read(folder);
        Arena arena = Arena.ofShared();
        try {
            return new ActivationStore(folder, index, arena);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static List<MemorySegment> map(Path folder, StoreIndex.Part part, HarvestRecipe recipe, Arena arena) {
        requireSum(folder, part);
        List<MemorySegment> segments = new ArrayList<>();
        for (StoreIndex.Shard shard : part.shards()) {
            segments.add(map(folder.resolve(shard.file()), shard.rows() * recipe.rowBytes(), arena));
        }
        IntStream.range(0, segments.size())
                .parallel()
                .forEach(i -> verify(folder, part.shards().get(i), segments.get(i)));
        return segments;
    }

    private static void requireSum(Path folder, StoreIndex.Part part) {
        long inSequences =
                part.sequenceLengths().stream().mapToLong(Integer::longValue).sum();
        long inShards = part.shards().stream().mapToLong(StoreIndex.Shard::rows).sum();
        if (inSequences != part.rows() || inShards != part.rows()) {
            throw new StoreException("activation store " + folder + " contradicts itself: " + part.rows() + " rows, "
                    + inSequences + " in sequences, " + inShards + " in shards; delete the folder and harvest again");
        }
    }

    private static MemorySegment map(Path file, long expectedBytes, Arena arena) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new StoreException(
                        "activation shard " + file + " is missing; harvest again, which writes this shard anew");
            }
            long actualBytes = Files.size(file);
            if (actualBytes != expectedBytes) {
                throw new StoreException("activation shard " + file + " is truncated or corrupt: expected "
                        + expectedBytes + " bytes, got " + actualBytes + remedy());
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, expectedBytes, arena);
            }
        } catch (IOException e) {
            throw new StoreException("activation shard " + file + " cannot be read: " + e, e);
        }
    }

    private static void verify(Path folder, StoreIndex.Shard shard, MemorySegment memory) {
        String actual = sha256(memory);
        if (!actual.equals(shard.sha256())) {
            throw new StoreException("activation shard " + folder.resolve(shard.file())
                    + " is corrupt: expected sha256 " + shard.sha256() + ", got " + actual + remedy());
        }
    }

    private static String remedy() {
        return "; delete this file and harvest again, which writes this shard anew";
    }

    static String sha256(MemorySegment memory) {
        MessageDigest digest = Sha256.digest();
        for (long start = 0; start < memory.byteSize(); start += HASH_CHUNK_BYTES) {
            long bytes = Math.min(HASH_CHUNK_BYTES, memory.byteSize() - start);
            ByteBuffer chunk = memory.asSlice(start, bytes).asByteBuffer();
            digest.update(chunk);
        }
        return Sha256.hex(digest);
    }

    public Path folder() {
        return folder;
    }

    /** What the rows were made from. */
    public HarvestRecipe recipe() {
        return recipe;
    }

    /** SHA-256 of what the store holds: equal where all rows are, bit for bit. */
    public String fingerprint() {
        return fingerprint;
    }

    /** D. */
    public int width() {
        return recipe.width();
    }

    public StorePart train() {
        return train;
    }

    public StorePart heldOut() {
        return heldOut;
    }

    /** What makes E ||x||^2 of the kept training rows one. */
    public double scale() {
        return 1 / Math.sqrt(train.meanSquaredNorm());
    }

    /** Unmaps the files; reading afterwards is an {@link IllegalStateException}. */
    @Override
    public void close() {
        arena.close();
    }
}
