package org.unweave.model.lm;

/**
 * Sequences of token ids, padded on the right to the longest. Position t of sequence n is row {@code n T + t} of every
 * matrix that goes with the batch.
 */
public final class TokenBatch {
    private final int[][] sequences;
    private final int positions;

    /** Takes the sequences as they are; none may be empty. */
    public TokenBatch(int[][] sequences) {
        int longest = 0;
        for (int[] sequence : sequences) {
            if (sequence.length == 0) {
                throw new IllegalArgumentException("a sequence without a token");
            }
            longest = Math.max(longest, sequence.length);
        }
        if (longest == 0) {
            throw new IllegalArgumentException("a batch without a sequence");
        }
        this.sequences = sequences.clone();
        this.positions = longest;
    }

    /** N. */
    public int sequences() {
        return sequences.length;
    }

    /** T, the length of the longest sequence. */
    public int positions() {
        return positions;
    }

    /** N T. */
    public int rows() {
        return sequences.length * positions;
    }

    /** Tokens of sequence n, padding not counted. */
    public int length(int n) {
        return sequences[n].length;
    }

    /** The token at position t of sequence n, or -1 where there is only padding. */
    public int token(int n, int t) {
        return t < sequences[n].length ? sequences[n][t] : -1;
    }

    public int row(int n, int t) {
        return n * positions + t;
    }
}
