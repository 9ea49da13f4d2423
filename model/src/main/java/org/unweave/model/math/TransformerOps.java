package org.unweave.model.math;

/**
 * The kernels of a decoder-only transformer, over sequences that lie one after the other without padding.
 *
 * <p>R rows, one per token; H query heads and G key-value heads of W columns each. A result depends on the arguments
 * and the backend only: not on timing, and not on the number of threads. An output must not share memory with an input
 * unless the method says so. One caller at a time.
 */
public interface TransformerOps extends AutoCloseable {

    /** {@code out[r] = table[ids[first + r]]}, for each row of {@code out}. */
    void gather(Mat tableVD, int[] ids, int first, Mat outRD);

    /** {@code out = a b^T}. */
    void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN);

    /** {@code out += a b^T}. */
    void addMultiplyTransposed(Mat aMK, Mat bNK, Mat outMN);

    /** {@code out = gain x / sqrt(mean(x^2) + epsilon)}, row by row. */
    void rmsNorm(Mat xRD, Mat gain1D, float epsilon, Mat outRD);

    /**
     * Turns each head's pairs (j, j + W / 2) by the angle of the row's position, in place; the heads are the first
     * {@code heads * W} columns. Row r is at {@code positions[first + r]}, which is a row of both tables [P, W / 2].
     */
    void rotate(Mat xRC, int heads, int[] positions, int first, Mat cosine, Mat sine);

    /**
     * Causal attention within each sequence; query head h reads key-value head {@code h / (H / G)}.
     *
     * @param qkvRC columns: H query heads, then G key heads, then G value heads
     * @param starts the first row of each sequence, and at the end the number of rows
     */
    void attention(Mat qkvRC, int[] starts, Heads heads, Mat outRC);

    /**
     * Causal attention of sequences of which only the last rows ask; the keys and values of the rows before are given.
     *
     * @param qkvRC columns as in {@link #attention(Mat, int[], Heads, Mat)}, of which only the queries are read
     * @param starts the first asking row of each sequence, and at the end the number of rows
     * @param keysValuesSC columns: G key heads, then G value heads
     * @param keyStarts the first row of each sequence among the keys and values, and at the end their number; the last
     *     rows of a sequence belong to those that ask
     */
    void attention(Mat qkvRC, int[] starts, Mat keysValuesSC, int[] keyStarts, Heads heads, Mat outRC);

    /** {@code out = gate / (1 + exp(-gate)) up}; gate is the left half of the columns, up the right. */
    void siluMultiply(Mat gateUpRC, Mat outRF);

    /** {@code out[first + r] = -log softmax(logits[r])[targets[first + r]]}. */
    void crossEntropy(Mat logitsRV, int[] targets, int first, float[] out);

    /** {@code out[first + r] = KL(softmax(p[r]) || softmax(q[r]))}, in nats, never below 0. */
    void divergence(Mat pLogitsRV, Mat qLogitsRV, int first, float[] out);

    /**
     * The shape of attention.
     *
     * @param query H
     * @param keyValue G, which divides H
     * @param width W, even
     */
    record Heads(int query, int keyValue, int width) {
        public Heads {
            if (query < 1 || keyValue < 1 || query % keyValue != 0) {
                throw new IllegalArgumentException(query + " query heads share " + keyValue + " key-value heads");
            }
            if (width < 2 || width % 2 != 0) {
                throw new IllegalArgumentException("a head of " + width + " columns");
            }
        }

        /** Columns of queries, keys and values side by side. */
        public int columns() {
            return (query + 2 * keyValue) * width;
        }
    }

    @Override
    void close();
}
