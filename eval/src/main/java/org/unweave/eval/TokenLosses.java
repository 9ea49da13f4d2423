package org.unweave.eval;

import org.unweave.model.lm.NextTokenLoss;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;

/**
 * Sums, over the positions of batches, of the next token's cross-entropy and of the divergence KL(clean | changed) of
 * the predictions. Positions that hold a special token are left out; the last of a sequence has no next token.
 */
final class TokenLosses {
    private double cleanSum;
    private double changedSum;
    private long predicted;
    private double divergenceSum;
    private long positions;

    void add(TokenBatch batch, Tokenizer tokenizer, NextTokenLoss.Comparison comparison) {
        float[] clean = comparison.cleanCrossEntropy();
        float[] changed = comparison.crossEntropy();
        float[] divergence = comparison.divergence();
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 0; t < batch.length(n); t++) {
                if (tokenizer.special(batch.token(n, t))) {
                    continue;
                }
                int row = batch.row(n, t);
                divergenceSum += divergence[row];
                positions++;
                if (t + 1 < batch.length(n)) {
                    cleanSum += clean[row];
                    changedSum += changed[row];
                    predicted++;
                }
            }
        }
    }

    /** Positions that have a next token. */
    long predicted() {
        return predicted;
    }

    double cleanCrossEntropy() {
        return cleanSum / predicted;
    }

    double changedCrossEntropy() {
        return changedSum / predicted;
    }

    double divergence() {
        return divergenceSum / positions;
    }
}
