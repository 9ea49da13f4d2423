package org.unweave.eval;

import java.util.Arrays;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;

/**
 * A small causal model of two blocks: a row is its token's vector and half the mean of those before it; the second block
 * adds a squashed mixture; logits are products with the tokens' vectors. Words are tokens: {@code w7} is id 7.
 *
 * <p>Counts its forward passes. Rows of BOS can be made anything, which no result may depend on.
 */
final class FakeModel implements LanguageModel {
    static final int WIDTH = 12;
    static final int VOCABULARY = 40;
    static final int BOS = 0;
    static final int EOS = 1;
    static final int OUTLIER = 2;
    static final int OTHER_WORD = 3;

    private final double[][] vectors = new double[VOCABULARY][WIDTH];
    private final double[][] mixture = new double[WIDTH][WIDTH];
    private final float bosValue;
    int runs;
    int resumes;

    FakeModel(float bosValue) {
        this.bosValue = bosValue;
        Draws draws = new Draws(11, "fake model");
        for (double[] vector : vectors) {
            for (int i = 0; i < WIDTH; i++) {
                vector[i] = draws.gaussian();
            }
        }
        for (double[] row : mixture) {
            for (int i = 0; i < WIDTH; i++) {
                row[i] = draws.gaussian() / 2;
            }
        }
        for (int i = 0; i < WIDTH; i++) {
            vectors[OUTLIER][i] *= 1000;
        }
    }

    /** The row of a text's first word. */
    float[] vector(int token) {
        float[] out = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            out[i] = (float) vectors[token][i];
        }
        return out;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public String fingerprint() {
        return "fake-weights";
    }

    @Override
    public Tokenizer tokenizer() {
        return new Words();
    }

    @Override
    public int blocks() {
        return 2;
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int vocabulary() {
        return VOCABULARY;
    }

    @Override
    public Mat runTo(TokenBatch batch, int block) {
        runs++;
        Mat out = Mat.zeros(batch.rows(), WIDTH);
        out.fill(77); // padding: no result may depend on it
        for (int n = 0; n < batch.sequences(); n++) {
            double[] before = new double[WIDTH];
            for (int t = 0; t < batch.length(n); t++) {
                int token = batch.token(n, t);
                float[] row = new float[WIDTH];
                for (int i = 0; i < WIDTH; i++) {
                    double mean = t < 2 || token == OUTLIER ? 0 : before[i] / (t - 1);
                    row[i] = token == BOS ? bosValue : (float) (vectors[token][i] + mean / 2);
                    before[i] += token == BOS || token == OUTLIER ? 0 : vectors[token][i];
                }
                out.setRow(batch.row(n, t), row);
            }
        }
        return block == 0 ? out : second(out);
    }

    @Override
    public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
        resumes++;
        return block == 0 ? second(residual) : residual.copy();
    }

    private Mat second(Mat residual) {
        Mat out = residual.copy();
        for (int row = 0; row < out.rows(); row++) {
            for (int i = 0; i < WIDTH; i++) {
                double sum = 0;
                for (int j = 0; j < WIDTH; j++) {
                    sum += mixture[i][j] * residual.get(row, j);
                }
                out.set(row, i, (float) (residual.get(row, i) + Math.tanh(sum)));
            }
        }
        return out;
    }

    @Override
    public void logits(Mat finalResidualRD, Mat outRV) {
        for (int row = 0; row < finalResidualRD.rows(); row++) {
            double norm = 0;
            for (int i = 0; i < WIDTH; i++) {
                norm += finalResidualRD.get(row, i) * finalResidualRD.get(row, i) / WIDTH;
            }
            for (int v = 0; v < VOCABULARY; v++) {
                double sum = 0;
                for (int i = 0; i < WIDTH; i++) {
                    sum += finalResidualRD.get(row, i) * vectors[v][i] / (v == OUTLIER ? 1000 : 1);
                }
                outRV.set(row, v, (float) (sum / Math.sqrt(norm + 1e-5)));
            }
        }
    }

    @Override
    public void close() {}

    /** Splits at spaces. */
    private static final class Words implements Tokenizer {
        @Override
        public int[] encode(String text) {
            return text.isBlank()
                    ? new int[0]
                    : Arrays.stream(text.strip().split("\\s+"))
                            .mapToInt(Words::id)
                            .toArray();
        }

        // A question's own words, as "Answer:", are one and the same.
        private static int id(String word) {
            return word.matches("w\\d+") ? Integer.parseInt(word.substring(1)) : OTHER_WORD;
        }

        @Override
        public int bos() {
            return BOS;
        }

        @Override
        public String eosText() {
            return " w1 ";
        }

        @Override
        public int pad() {
            return EOS;
        }

        @Override
        public boolean special(int id) {
            return id == BOS || id == EOS;
        }

        @Override
        public String text(int id) {
            return id == BOS ? "<bos>" : " w" + id;
        }

        @Override
        public String fingerprint() {
            return "words";
        }
    }
}
