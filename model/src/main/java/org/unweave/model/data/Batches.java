package org.unweave.model.data;

import org.unweave.model.math.Mat;

/**
 * The batches that SAEs are trained on. Batch n is a pure function of the store, the seed and n, so anyone can read
 * any batch at any time. Safe for concurrent use.
 *
 * <p>The rows of all batches are one stream: an epoch is a seeded permutation of the kept training rows, and each
 * epoch has another; a batch may begin in one and end in the next. Rows are scaled by {@link ActivationStore#scale}.
 */
public final class Batches {
    private final ActivationStore store;
    private final StorePart train;
    private final float scale;
    private final long seed;
    private final int batchRows;

    public Batches(ActivationStore store, long seed, int batchRows) {
        if (batchRows < 1) {
            throw new IllegalArgumentException("a batch of " + batchRows + " rows");
        }
        this.store = store;
        this.train = store.train();
        this.scale = (float) store.scale();
        this.seed = seed;
        this.batchRows = batchRows;
    }

    public int batchRows() {
        return batchRows;
    }

    /** D. */
    public int width() {
        return store.width();
    }

    /** The least number of batches in which every kept training row has been read. */
    public long batchesPerEpoch() {
        return Math.ceilDiv(train.keptRows(), batchRows);
    }

    /** Fills {@code outBD} with batch n, which counts from 0. */
    public void read(long n, Mat outBD) {
        if (n < 0) {
            throw new IllegalArgumentException("batch " + n);
        }
        requireRows(outBD, batchRows);
        long position = Math.multiplyExact(n, (long) batchRows);
        long rows = train.keptRows();
        long epoch = position / rows;
        Permutation permutation = permutation(epoch);
        for (int b = 0; b < batchRows; b++) {
            long at = position + b;
            if (at / rows != epoch) {
                epoch = at / rows;
                permutation = permutation(epoch);
            }
            train.read(train.keptRow(permutation.apply(at % rows)), scale, outBD, b);
        }
    }

    private Permutation permutation(long epoch) {
        return new Permutation(train.keptRows(), Mixer.mix(seed, epoch));
    }

    /** Held-out rows that are kept. */
    public int heldOutRows() {
        return Math.toIntExact(store.heldOut().keptRows());
    }

    /** Fills {@code out}, of at most as many rows as there are, with the first held-out rows that are kept, in order. */
    public void heldOut(Mat out) {
        heldOut(0, out);
    }

    /** Fills {@code out} with the held-out rows that are kept, in order, from the {@code first} on. */
    public void heldOut(long first, Mat out) {
        StorePart heldOut = store.heldOut();
        for (int row = 0; row < out.rows(); row++) {
            heldOut.read(heldOut.keptRow(first + row), scale, out, row);
        }
    }

    private void requireRows(Mat out, int rows) {
        if (out.rows() != rows || out.cols() != width()) {
            throw new IllegalArgumentException("a batch of " + rows + " x " + width() + " does not fit " + out);
        }
    }
}
