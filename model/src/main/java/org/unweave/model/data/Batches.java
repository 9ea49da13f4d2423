package org.unweave.model.data;

import org.jspecify.annotations.Nullable;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Mat;

/**
 * The batches that SAEs are trained on. Batch n is a pure function of the store, the seed and n, so anyone can read
 * any batch at any time. Safe for concurrent use.
 *
 * <p>The rows of all batches are one stream: an epoch is a seeded permutation of the kept training rows, and each
 * epoch has another; a batch may begin in one and end in the next. Rows are scaled by {@link ActivationStore#scale}. Rows of
 * labelled texts stand behind these, in the batches that a {@link LabelledStream} says.
 */
public final class Batches {
    private final ActivationStore store;
    private final StorePart train;
    private final float scale;
    private final long seed;
    private final int batchRows;
    private final @Nullable LabelledStream labelled;

    public Batches(ActivationStore store, long seed, int batchRows) {
        this(store, seed, batchRows, null);
    }

    /** @param labelled texts that some batches have beside their rows */
    public Batches(ActivationStore store, long seed, int batchRows, @Nullable LabelledStream labelled) {
        if (batchRows < 1) {
            throw new IllegalArgumentException("a batch of " + batchRows + " rows");
        }
        this.store = store;
        this.train = store.train();
        this.scale = (float) store.scale();
        this.seed = seed;
        this.batchRows = batchRows;
        this.labelled = labelled;
    }

    /** Rows of a batch, those of labelled texts not counted. */
    public int batchRows() {
        return batchRows;
    }

    /** Rows of batch n. */
    public int rows(long n) {
        return labelled != null && labelled.in(n) ? batchRows + labelled.rows() : batchRows;
    }

    /** Which rows of batch n are of labelled texts. */
    public LabelledTexts texts(long n) {
        return labelled == null ? LabelledTexts.NONE : labelled.texts(n, batchRows);
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
        requireRows(outBD, rows(n));
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
        if (labelled != null && labelled.in(n)) {
            labelled.read(n, scale, outBD, batchRows);
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
