package org.unweave.model.data;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.unweave.config.DataConfig.Precision;
import org.unweave.model.math.Mat;

/**
 * The training rows of a store, or its held-out rows: whole sequences, in order, without their BOS positions. Rows
 * count from 0. A row is kept unless its norm was above the bar. Safe for concurrent use while the store is open.
 */
public final class StorePart {
    private final StoreIndex.Part index;
    private final int width;
    private final Precision precision;
    private final long rowBytes;
    private final MemorySegment[] shards;
    private final long[] shardStarts;
    private final long[] sequenceStarts;
    private final long[] excluded;
    // Of the i-th excluded row: how many kept rows lie before it.
    private final long[] keptBeforeExcluded;

    StorePart(StoreIndex.Part index, HarvestRecipe recipe, List<MemorySegment> shards) {
        this.index = index;
        this.width = recipe.width();
        this.precision = recipe.precision();
        this.rowBytes = recipe.rowBytes();
        this.shards = shards.toArray(MemorySegment[]::new);
        this.shardStarts =
                starts(index.shards().stream().mapToLong(StoreIndex.Shard::rows).toArray());
        this.sequenceStarts = starts(
                index.sequenceLengths().stream().mapToLong(Integer::longValue).toArray());
        this.excluded = index.excludedRows().stream().mapToLong(Long::longValue).toArray();
        this.keptBeforeExcluded = new long[excluded.length];
        for (int i = 0; i < excluded.length; i++) {
            keptBeforeExcluded[i] = excluded[i] - i;
        }
    }

    /** Running sums from 0, one more than the lengths. */
    private static long[] starts(long[] lengths) {
        long[] starts = new long[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            starts[i + 1] = starts[i] + lengths[i];
        }
        return starts;
    }

    /** All rows, kept or not. */
    public long rows() {
        return index.rows();
    }

    public long keptRows() {
        return index.rows() - excluded.length;
    }

    public int excludedRows() {
        return excluded.length;
    }

    /** Over the kept rows. */
    public double meanNorm() {
        return index.meanNorm();
    }

    /** Over all rows. */
    public double medianNorm() {
        return index.medianNorm();
    }

    /** Over the kept rows. */
    public double meanSquaredNorm() {
        return index.meanSquaredNorm();
    }

    public int sequences() {
        return sequenceStarts.length - 1;
    }

    /** The row of a sequence's first position after BOS. */
    public long sequenceStart(int sequence) {
        return sequenceStarts[sequence];
    }

    /** Rows of a sequence. */
    public int sequenceLength(int sequence) {
        return (int) (sequenceStarts[sequence + 1] - sequenceStarts[sequence]);
    }

    public boolean kept(long row) {
        return Arrays.binarySearch(excluded, row) < 0;
    }

    /** The row that is the {@code position}-th of those that are kept. */
    public long keptRow(long position) {
        if (position < 0 || position >= keptRows()) {
            throw new IndexOutOfBoundsException("kept row " + position + " of " + keptRows());
        }
        int low = 0;
        int high = keptBeforeExcluded.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (keptBeforeExcluded[middle] <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return position + low;
    }

    /** Copies a row, each value times {@code scale}, into row {@code outRow} of {@code out}. */
    public void read(long row, float scale, Mat out, int outRow) {
        if (row < 0 || row >= rows()) {
            throw new IndexOutOfBoundsException("row " + row + " of " + rows());
        }
        if (out.cols() != width || outRow < 0 || outRow >= out.rows()) {
            throw new IllegalArgumentException("row " + outRow + " of " + out + " cannot take a row of " + width);
        }
        int found = Arrays.binarySearch(shardStarts, row);
        int shard = found >= 0 ? found : -found - 2;
        ActivationRows.decode(
                shards[shard],
                (row - shardStarts[shard]) * rowBytes,
                out.memory(),
                (long) outRow * width * Float.BYTES,
                width,
                scale,
                precision);
    }
}
