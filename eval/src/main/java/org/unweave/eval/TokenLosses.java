package org.unweave.eval;

import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Mat;

/**
 * Sums, over the positions of batches, of the next token's cross-entropy and of the divergence KL(clean | changed) of
 * the predictions. Positions that hold a special token are left out; the last of a sequence has no next token.
 */
final class TokenLosses implements AutoCloseable {
    private static final int BLOCK_ROWS = 128;

    private final Mat cleanRV;
    private final Mat changedRV;
    private final Mat gatheredRD;
    private final LogitRows logits = new LogitRows();

    private double crossEntropySum;
    private long crossEntropyCount;
    private double divergenceSum;
    private long divergenceCount;

    TokenLosses(int width, int vocabulary) {
        this.cleanRV = Mat.zeros(BLOCK_ROWS, vocabulary);
        this.changedRV = Mat.zeros(BLOCK_ROWS, vocabulary);
        this.gatheredRD = Mat.zeros(BLOCK_ROWS, width);
    }

    /** Adds a batch, given the residual stream after the last block, clean and changed. */
    void add(LanguageModel model, TokenBatch batch, Mat cleanFinal, Mat changedFinal) {
        int[] sequence = new int[BLOCK_ROWS];
        int[] position = new int[BLOCK_ROWS];
        int filled = 0;
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 0; t < batch.length(n); t++) {
                if (model.tokenizer().special(batch.token(n, t))) {
                    continue;
                }
                sequence[filled] = n;
                position[filled] = t;
                filled++;
                if (filled == BLOCK_ROWS) {
                    addBlock(model, batch, sequence, position, filled, cleanFinal, changedFinal);
                    filled = 0;
                }
            }
        }
        if (filled > 0) {
            addBlock(model, batch, sequence, position, filled, cleanFinal, changedFinal);
        }
    }

    private void addBlock(
            LanguageModel model,
            TokenBatch batch,
            int[] sequence,
            int[] position,
            int count,
            Mat cleanFinal,
            Mat changedFinal) {
        Mat clean = predict(model, batch, sequence, position, count, cleanFinal, cleanRV);
        Mat changed = predict(model, batch, sequence, position, count, changedFinal, changedRV);
        for (int r = 0; r < count; r++) {
            logits.compare(clean, changed, r);
            divergenceSum += logits.divergence();
            divergenceCount++;
            if (position[r] + 1 < batch.length(sequence[r])) {
                int next = batch.token(sequence[r], position[r] + 1);
                crossEntropySum += logits.changedLogSum() - changed.get(r, next);
                crossEntropyCount++;
            }
        }
    }

    private Mat predict(
            LanguageModel model,
            TokenBatch batch,
            int[] sequence,
            int[] position,
            int count,
            Mat finalRows,
            Mat outRV) {
        for (int r = 0; r < count; r++) {
            gatheredRD.setRow(r, finalRows.copyRow(batch.row(sequence[r], position[r])));
        }
        Mat out = outRV.rowsView(0, count);
        model.logits(gatheredRD.rowsView(0, count), out);
        return out;
    }

    double crossEntropySum() {
        return crossEntropySum;
    }

    /** Positions that have a next token. */
    long crossEntropyCount() {
        return crossEntropyCount;
    }

    double divergenceSum() {
        return divergenceSum;
    }

    long divergenceCount() {
        return divergenceCount;
    }

    @Override
    public void close() {
        cleanRV.close();
        changedRV.close();
        gatheredRD.close();
    }
}
