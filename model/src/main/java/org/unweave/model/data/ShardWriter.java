package org.unweave.model.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.unweave.model.file.Durable;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Mat;

/**
 * Runs the model over the sequences of a shard and writes the shard's file: whole, or not at all.
 *
 * <p>Batches are made within a shard, of sequences of similar length to save padding, so a shard's bytes do not depend
 * on which other shards are written in the same harvest. A small file beside the shard holds its checksum; it is written
 * first, so a shard without it is never trusted, and an index that is lost can be made again without the model.
 */
final class ShardWriter implements AutoCloseable {
    private static final long WRITE_CHUNK_BYTES = 1 << 26;
    private static final String CHECKSUM_SUFFIX = ".sha256";

    private final LanguageModel model;
    private final HarvestRecipe recipe;
    private final int layer;
    private final Arena arena = Arena.ofConfined();
    private MemorySegment buffer = MemorySegment.NULL;

    ShardWriter(LanguageModel model, HarvestRecipe recipe, int layer) {
        this.model = model;
        this.recipe = recipe;
        this.layer = layer;
    }

    static Path checksumFile(Path shard) {
        return shard.resolveSibling(shard.getFileName() + CHECKSUM_SUFFIX);
    }

    /**
     * Writes a shard and gives its checksum.
     *
     * @param done told the rows of each batch
     */
    String write(Path file, List<TokenSequence> sequences, LongConsumer done) {
        MemorySegment rows = rows(sequences, done);
        String sha256 = ActivationStore.sha256(rows);
        try {
            Durable.write(checksumFile(file), sha256.getBytes(StandardCharsets.US_ASCII));
            Path part = Durable.unfinished(file);
            write(part, rows);
            Durable.rename(part, file);
        } catch (IOException e) {
            throw new HarvestException(
                    "activation shard " + file + " cannot be written (" + e
                            + "); the shards before it are kept: free disk space or make the folder writable, and run again",
                    e);
        }
        return sha256;
    }

    private static void write(Path part, MemorySegment rows) throws IOException {
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long start = 0; start < rows.byteSize(); start += WRITE_CHUNK_BYTES) {
                long bytes = Math.min(WRITE_CHUNK_BYTES, rows.byteSize() - start);
                Durable.writeFully(channel, rows.asSlice(start, bytes).asByteBuffer());
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
    }

    private MemorySegment rows(List<TokenSequence> sequences, LongConsumer done) {
        long[] starts = new long[sequences.size()];
        long rows = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = rows;
            rows += sequences.get(i).rows();
        }
        MemorySegment target = room(rows * recipe.rowBytes());
        List<Integer> longestFirst = IntStream.range(0, starts.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> -sequences.get(i).rows()))
                .toList();
        for (int from = 0; from < longestFirst.size(); from += recipe.batchSequences()) {
            int to = Math.min(longestFirst.size(), from + recipe.batchSequences());
            done.accept(batch(sequences, longestFirst.subList(from, to), starts, target));
        }
        return target;
    }

    private MemorySegment room(long bytes) {
        if (buffer.byteSize() < bytes) {
            buffer = arena.allocate(Math.max(bytes, (long) recipe.shardRows() * recipe.rowBytes()), Long.BYTES);
        }
        return buffer.asSlice(0, bytes);
    }

    private long batch(List<TokenSequence> sequences, List<Integer> members, long[] starts, MemorySegment target) {
        List<int[]> tokens = new ArrayList<>();
        members.forEach(member -> tokens.add(sequences.get(member).tokens()));
        TokenBatch batch = new TokenBatch(tokens.toArray(int[][]::new));
        long rows = 0;
        try (Mat residual = model.runTo(batch, layer)) {
            for (int n = 0; n < members.size(); n++) {
                TokenSequence sequence = sequences.get(members.get(n));
                for (int t = 1; t < batch.length(n); t++) {
                    long offset = (starts[members.get(n)] + t - 1) * recipe.rowBytes();
                    encode(residual, batch.row(n, t), target, offset, sequence, t);
                }
                rows += sequence.rows();
            }
        }
        return rows;
    }

    private void encode(
            Mat residual, int row, MemorySegment target, long offset, TokenSequence sequence, int position) {
        long from = (long) row * recipe.width() * Float.BYTES;
        boolean finite =
                ActivationRows.encode(residual.memory(), from, target, offset, recipe.width(), recipe.precision());
        if (!finite) {
            throw new HarvestException("model " + recipe.modelName() + " gives a value that is not finite as "
                    + recipe.precision() + " at " + recipe.hook() + ", position " + position + " of " + sequence
                    + "; nothing of this shard was written");
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
