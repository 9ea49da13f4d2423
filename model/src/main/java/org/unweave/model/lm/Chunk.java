package org.unweave.model.lm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.Mat;
import org.unweave.model.math.TransformerOps;
import org.unweave.model.math.Workspace;

/**
 * A few sequences of a batch, their tokens one after the other without padding: what goes through a block at once.
 *
 * <p>Its arrays are for reading only.
 */
final class Chunk implements Packed {
    private final int firstSequence;
    private final int[] starts;
    private final int[] ids;
    private final int[] positions;

    private Chunk(TokenBatch batch, int firstSequence, int endSequence) {
        this.firstSequence = firstSequence;
        this.starts = new int[endSequence - firstSequence + 1];
        for (int n = firstSequence; n < endSequence; n++) {
            starts[n - firstSequence + 1] = starts[n - firstSequence] + batch.length(n);
        }
        this.ids = new int[rows()];
        this.positions = new int[rows()];
        for (int n = firstSequence; n < endSequence; n++) {
            for (int t = 0; t < batch.length(n); t++) {
                ids[starts[n - firstSequence] + t] = batch.token(n, t);
                positions[starts[n - firstSequence] + t] = t;
            }
        }
    }

    /** Whole sequences in order, as many in a chunk as fit in {@code maxRows}, and one at the least. */
    static List<Chunk> of(TokenBatch batch, int maxRows) {
        List<Chunk> chunks = new ArrayList<>();
        int first = 0;
        int rows = 0;
        for (int n = 0; n < batch.sequences(); n++) {
            if (n > first && rows + batch.length(n) > maxRows) {
                chunks.add(new Chunk(batch, first, n));
                first = n;
                rows = 0;
            }
            rows += batch.length(n);
        }
        chunks.add(new Chunk(batch, first, batch.sequences()));
        return chunks;
    }

    @Override
    public int rows() {
        return starts[starts.length - 1];
    }

    @Override
    public int[] ids() {
        return ids;
    }

    @Override
    public int[] positions() {
        return positions;
    }

    @Override
    public void attend(TransformerOps ops, Mat qkvRC, TransformerOps.Heads heads, Workspace scratch, Mat outRC) {
        ops.attention(qkvRC, starts, heads, outRC);
    }

    /** This chunk's rows of a matrix of the whole batch. */
    void take(TokenBatch batch, Mat all, Mat packed) {
        copy(batch, all, packed, true);
    }

    /** The reverse; rows of padding are left alone. */
    void put(TokenBatch batch, Mat packed, Mat all) {
        copy(batch, all, packed, false);
    }

    private void copy(TokenBatch batch, Mat all, Mat packed, boolean pack) {
        long rowBytes = (long) all.cols() * Float.BYTES;
        for (int i = 0; i < starts.length - 1; i++) {
            long inAll = batch.row(firstSequence + i, 0) * rowBytes;
            long inPacked = starts[i] * rowBytes;
            long size = (starts[i + 1] - starts[i]) * rowBytes;
            if (pack) {
                MemorySegment.copy(all.memory(), inAll, packed.memory(), inPacked, size);
            } else {
                MemorySegment.copy(packed.memory(), inPacked, all.memory(), inAll, size);
            }
        }
    }
}
