package org.unweave.model.data;

import java.util.function.IntConsumer;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Mat;

/**
 * A causal model without weights: the residual at a position is a hash of the tokens up to it, the block and the
 * column, so a row that is stored in the wrong place or from the wrong context is seen at once. Tokens 4000 and above
 * give rows of a hundred times the norm, token 3999 a NaN. Padding holds numbers that must never be stored.
 */
final class HashModel implements LanguageModel {
    static final int WIDTH = 20;
    static final int BLOCKS = 4;
    static final int SINK = 4000;
    static final int NOT_A_NUMBER = 3999;

    private final IntConsumer beforeRun;
    private final int width;
    private int runs;

    HashModel() {
        this(run -> {});
    }

    /** Tells the number of each forward pass, from 0, before it. */
    HashModel(IntConsumer beforeRun) {
        this(beforeRun, WIDTH);
    }

    private HashModel(IntConsumer beforeRun, int width) {
        this.beforeRun = beforeRun;
        this.width = width;
    }

    /** Says that it has another width than it has, for what is decided before the first forward pass. */
    static HashModel claiming(int width) {
        return new HashModel(
                run -> {
                    throw new IllegalStateException("a model of another width was run");
                },
                width);
    }

    int runs() {
        return runs;
    }

    /** The residual that the model gives at the last of these tokens. */
    static float[] residual(int[] tokens, int last, int block) {
        long context = block;
        for (int t = 0; t <= last; t++) {
            context = Mixer.mix(context, tokens[t]);
        }
        float factor = tokens[last] >= SINK ? 100 : 1;
        float[] row = new float[WIDTH];
        for (int d = 0; d < WIDTH; d++) {
            row[d] = factor * (float) (Mixer.unit(Mixer.mix(context, d)) * 2 - 1);
        }
        if (tokens[last] == NOT_A_NUMBER) {
            row[WIDTH / 2] = Float.NaN;
        }
        return row;
    }

    @Override
    public Mat runTo(TokenBatch batch, int block) {
        beforeRun.accept(runs++);
        Mat residual = Mat.zeros(batch.rows(), WIDTH);
        residual.fill(1e30f);
        for (int n = 0; n < batch.sequences(); n++) {
            int[] tokens = new int[batch.length(n)];
            for (int t = 0; t < tokens.length; t++) {
                tokens[t] = batch.token(n, t);
                residual.setRow(batch.row(n, t), residual(tokens, t, block));
            }
        }
        return residual;
    }

    @Override
    public String name() {
        return "hash";
    }

    @Override
    public String fingerprint() {
        return "0".repeat(64);
    }

    @Override
    public Tokenizer tokenizer() {
        return new WordTokenizer();
    }

    @Override
    public int blocks() {
        return BLOCKS;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int vocabulary() {
        return 5_000;
    }

    @Override
    public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
        throw new UnsupportedOperationException("a harvest does not go on after its layer");
    }

    @Override
    public void logits(Mat finalResidualRD, Mat outRV) {
        throw new UnsupportedOperationException("a harvest needs no logits");
    }

    @Override
    public void close() {}
}
