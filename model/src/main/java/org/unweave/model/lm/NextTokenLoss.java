package org.unweave.model.lm;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.TransformerOps;

/**
 * What a model loses on each next token, from its residual stream after the last block.
 *
 * <p>Logits are made for a few rows at a time, since those of a whole batch would not fit in memory. One caller at a
 * time, which may be any while the model is not in use otherwise.
 */
public final class NextTokenLoss implements AutoCloseable {
    // Rows whose logits exist at once.
    private static final int BLOCK_ROWS = 128;

    private final LanguageModel model;
    private final TransformerOps ops;
    private final Mat residualRD;
    private final Mat logitsRV;
    private final Mat otherLogitsRV;

    public NextTokenLoss(LanguageModel model, Device device) {
        this.model = model;
        this.ops = device.transformer();
        this.residualRD = Mat.zeros(BLOCK_ROWS, model.width());
        this.logitsRV = Mat.zeros(BLOCK_ROWS, model.vocabulary());
        this.otherLogitsRV = Mat.zeros(BLOCK_ROWS, model.vocabulary());
    }

    /** {@code -log p(next token)} in nats, for each row of the batch; NaN where there is no next token. */
    public float[] crossEntropy(TokenBatch batch, Mat finalResidual) {
        requireRows(batch, finalResidual);
        Targets targets = new Targets(batch);
        float[] packed = new float[targets.count()];
        for (int first = 0; first < packed.length; first += BLOCK_ROWS) {
            int rows = Math.min(BLOCK_ROWS, packed.length - first);
            Mat logits = logits(finalResidual, targets, first, rows, logitsRV);
            ops.crossEntropy(logits, targets.ids(), first, packed);
        }
        return targets.spread(packed);
    }

    /** The losses of two residual streams of the same batch, and how far apart their predictions are. */
    public Comparison compare(TokenBatch batch, Mat cleanFinal, Mat otherFinal) {
        requireRows(batch, cleanFinal);
        requireRows(batch, otherFinal);
        Targets targets = new Targets(batch);
        float[] cleanLoss = new float[targets.count()];
        float[] otherLoss = new float[targets.count()];
        float[] divergence = new float[targets.count()];
        for (int first = 0; first < divergence.length; first += BLOCK_ROWS) {
            int rows = Math.min(BLOCK_ROWS, divergence.length - first);
            Mat clean = logits(cleanFinal, targets, first, rows, logitsRV);
            Mat other = logits(otherFinal, targets, first, rows, otherLogitsRV);
            ops.crossEntropy(clean, targets.ids(), first, cleanLoss);
            ops.crossEntropy(other, targets.ids(), first, otherLoss);
            ops.divergence(clean, other, first, divergence);
        }
        return new Comparison(targets.spread(cleanLoss), targets.spread(otherLoss), targets.spreadAll(divergence));
    }

    /**
     * {@code log p(token | row)} in nats, for pairs of a row of the residual stream and a token. Pairs of the same row
     * that follow one another share its logits.
     */
    public float[] logProbabilities(Mat finalResidualRD, int[] rows, int[] tokens) {
        float[] out = new float[rows.length];
        int[] firstTokens = new int[BLOCK_ROWS];
        float[] firstLosses = new float[BLOCK_ROWS];
        int from = 0;
        while (from < rows.length) {
            int different = 0;
            int to = from;
            while (to < rows.length && (different < BLOCK_ROWS || rows[to] == rows[to - 1])) {
                if (to == from || rows[to] != rows[to - 1]) {
                    copyRow(finalResidualRD, rows[to], different);
                    firstTokens[different] = tokens[to];
                    different++;
                }
                to++;
            }
            Mat logits = logitsRV.rowsView(0, different);
            model.logits(residualRD.rowsView(0, different), logits);
            ops.crossEntropy(logits, firstTokens, 0, firstLosses);
            int at = -1;
            for (int i = from; i < to; i++) {
                at += i == from || rows[i] != rows[i - 1] ? 1 : 0;
                out[i] = logits.get(at, tokens[i]) - logits.get(at, firstTokens[at]) - firstLosses[at];
            }
            from = to;
        }
        return out;
    }

    private void copyRow(Mat from, int row, int to) {
        if (row < 0 || row >= from.rows() || from.cols() != model.width()) {
            throw new IllegalArgumentException("row " + row + " of " + from + ", where the width is " + model.width());
        }
        long rowBytes = (long) from.cols() * Float.BYTES;
        MemorySegment.copy(from.memory(), row * rowBytes, residualRD.memory(), to * rowBytes, rowBytes);
    }

    /** Numbers for each row of a batch. The arrays are the caller's. */
    public static final class Comparison {
        private final float[] cleanCrossEntropy;
        private final float[] crossEntropy;
        private final float[] divergence;

        private Comparison(float[] cleanCrossEntropy, float[] crossEntropy, float[] divergence) {
            this.cleanCrossEntropy = cleanCrossEntropy;
            this.crossEntropy = crossEntropy;
            this.divergence = divergence;
        }

        /** {@code -log p(next token)} of the clean residual stream, in nats; NaN where there is no next token. */
        public float[] cleanCrossEntropy() {
            return cleanCrossEntropy;
        }

        /** {@code -log p(next token)} of the other residual stream, in nats; NaN where there is no next token. */
        public float[] crossEntropy() {
            return crossEntropy;
        }

        /** {@code KL(p_clean || p_other)} over the whole vocabulary, in nats; NaN where there is only padding. */
        public float[] divergence() {
            return divergence;
        }
    }

    private Mat logits(Mat residual, Targets targets, int first, int rows, Mat out) {
        Mat packedRD = residualRD.rowsView(0, rows);
        long rowBytes = (long) residual.cols() * Float.BYTES;
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(
                    residual.memory(), targets.row(first + i) * rowBytes, packedRD.memory(), i * rowBytes, rowBytes);
        }
        Mat logitsOfRows = out.rowsView(0, rows);
        model.logits(packedRD, logitsOfRows);
        return logitsOfRows;
    }

    private void requireRows(TokenBatch batch, Mat residual) {
        if (residual.rows() != batch.rows() || residual.cols() != model.width()) {
            throw new IllegalArgumentException(
                    residual + " is no residual stream of " + batch.rows() + " rows of " + model.width());
        }
    }

    /** The rows of a batch that are no padding, and the token that follows each. */
    private static final class Targets {
        private final int batchRows;
        private final int[] rows;
        private final int[] ids;
        private final boolean[] last;

        Targets(TokenBatch batch) {
            batchRows = batch.rows();
            int count = 0;
            for (int n = 0; n < batch.sequences(); n++) {
                count += batch.length(n);
            }
            rows = new int[count];
            ids = new int[count];
            last = new boolean[count];
            int at = 0;
            for (int n = 0; n < batch.sequences(); n++) {
                for (int t = 0; t < batch.length(n); t++) {
                    rows[at] = batch.row(n, t);
                    last[at] = t + 1 == batch.length(n);
                    ids[at] = last[at] ? 0 : batch.token(n, t + 1);
                    at++;
                }
            }
        }

        int count() {
            return rows.length;
        }

        int row(int index) {
            return rows[index];
        }

        /** The following tokens; any id where there is none. */
        int[] ids() {
            return ids;
        }

        /** NaN where no token follows. */
        float[] spread(float[] packed) {
            float[] all = spreadAll(packed);
            for (int i = 0; i < rows.length; i++) {
                if (last[i]) {
                    all[rows[i]] = Float.NaN;
                }
            }
            return all;
        }

        /** NaN where there is only padding. */
        float[] spreadAll(float[] packed) {
            float[] all = new float[batchRows];
            Arrays.fill(all, Float.NaN);
            for (int i = 0; i < rows.length; i++) {
                all[rows[i]] = packed[i];
            }
            return all;
        }
    }

    @Override
    public void close() {
        residualRD.close();
        logitsRV.close();
        otherLogitsRV.close();
    }
}
