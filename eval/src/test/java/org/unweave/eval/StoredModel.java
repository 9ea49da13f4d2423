package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Mat;

/** A model whose residual stream is given: the text {@code 7} is the eighth that was added, a token is a row. */
final class StoredModel implements LanguageModel {
    private final int width;
    private final List<float[]> rows = new ArrayList<>();
    private final List<int[]> texts = new ArrayList<>();

    StoredModel(int width) {
        this.width = width;
    }

    /** Adds a text of these rows, and returns it. */
    String add(float[][] rowsOfText) {
        int first = rows.size() + 1;
        rows.addAll(List.of(rowsOfText));
        texts.add(IntStream.range(first, first + rowsOfText.length).toArray());
        return Integer.toString(texts.size() - 1);
    }

    @Override
    public String name() {
        return "stored";
    }

    @Override
    public String fingerprint() {
        return "stored";
    }

    @Override
    public Tokenizer tokenizer() {
        return new Tokenizer() {
            @Override
            public int[] encode(String text) {
                return texts.get(Integer.parseInt(text)).clone();
            }

            @Override
            public int bos() {
                return 0;
            }

            @Override
            public String eosText() {
                return "0";
            }

            @Override
            public int pad() {
                return 0;
            }

            @Override
            public boolean special(int id) {
                return id == 0;
            }

            @Override
            public String text(int id) {
                return " " + id;
            }

            @Override
            public String fingerprint() {
                return "numbers";
            }
        };
    }

    @Override
    public int blocks() {
        return 1;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int vocabulary() {
        return rows.size() + 1;
    }

    @Override
    public Mat runTo(TokenBatch batch, int block) {
        Mat out = Mat.zeros(batch.rows(), width);
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 1; t < batch.length(n); t++) {
                out.setRow(batch.row(n, t), rows.get(batch.token(n, t) - 1));
            }
        }
        return out;
    }

    @Override
    public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
        throw new UnsupportedOperationException("only the stream at one place is stored");
    }

    @Override
    public void logits(Mat finalResidualRD, Mat outRV) {
        throw new UnsupportedOperationException("only the stream at one place is stored");
    }

    @Override
    public void close() {}
}
