package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;

/**
 * A model that knows two things, and where it knows them: after {@code w10} its coordinate 0 says that the answer is
 * {@code w30}, after {@code w20} its coordinate 1 says {@code w31}; otherwise it says {@code w32}. The other coordinates
 * are noise. After the hook each row also takes in the mean of those before it.
 */
final class SubjectModel implements LanguageModel {
    static final int WIDTH = 6;
    private static final int FORGET = 10;
    private static final int KEEP = 20;

    private final Tokenizer tokenizer = new FakeModel(0).tokenizer();
    int runs;
    int resumes;
    /** The call of {@link #resumeFrom} that fails, as of a machine that is switched off. */
    int failingResume = -1;

    /** Eight questions of which the model answers six; in {@code keep} about w20, else about w10. */
    static final class Inputs implements EvalInputs {
        private final int questions;

        Inputs(int questions) {
            this.questions = questions;
        }

        @Override
        public String corpusName() {
            return "made-up/held-out";
        }

        @Override
        public List<int[]> heldOut(int sequences, int contextTokens) {
            return new FakeInputs()
                    .heldOut(sequences, contextTokens).stream()
                            .map(ids -> Arrays.stream(ids)
                                    .map(id -> id == FORGET || id == KEEP || id == FakeModel.OUTLIER ? 5 : id)
                                    .toArray())
                            .toList();
        }

        @Override
        public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
            throw new UnsupportedOperationException();
        }

        @Override
        public QuestionSet questions(String name, long seed) {
            boolean keep = name.equals("keep");
            List<Question> all = new ArrayList<>();
            for (int q = 0; q < questions; q++) {
                boolean known = q % 4 != 3;
                String marker = known ? "w" + (keep ? KEEP : FORGET) : "w21";
                String tail = q % 3 == 0 ? " w" + (5 + q % 2) : "";
                List<String> options = new ArrayList<>(List.of("w32" + tail, "w33" + tail, "w34 w6 w7"));
                options.add(q % 4, (keep ? "w31" : "w30") + tail);
                all.add(new Question("w" + (22 + q % 5) + " " + marker + " w" + (4 + q % 4), options, q % 4));
            }
            return new QuestionSet("made-up/" + name, name, all);
        }
    }

    @Override
    public String name() {
        return "subjects";
    }

    @Override
    public String fingerprint() {
        return "subject-weights";
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
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
        return FakeModel.VOCABULARY;
    }

    @Override
    public Mat runTo(TokenBatch batch, int block) {
        runs++;
        Mat out = Mat.zeros(batch.rows(), WIDTH);
        for (int n = 0; n < batch.sequences(); n++) {
            boolean forget = false;
            boolean keep = false;
            for (int t = 0; t < batch.length(n); t++) {
                int token = batch.token(n, t);
                forget |= token == FORGET;
                keep |= token == KEEP;
                float[] row = new float[WIDTH];
                row[0] = forget ? 2 : 0;
                row[1] = keep ? 2 : 0;
                Draws draws = new Draws(5, "noise", token);
                for (int i = 2; i < WIDTH; i++) {
                    row[i] = (float) draws.gaussian();
                }
                out.setRow(batch.row(n, t), row);
            }
        }
        return block == 0 ? out : mixed(batch, out);
    }

    @Override
    public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
        resumes++;
        if (resumes == failingResume) {
            throw new IllegalStateException("switched off");
        }
        return block == 0 ? mixed(batch, residual) : residual.copy();
    }

    private static Mat mixed(TokenBatch batch, Mat residual) {
        Mat out = residual.copy();
        for (int n = 0; n < batch.sequences(); n++) {
            double[] sum = new double[WIDTH];
            for (int t = 0; t < batch.length(n); t++) {
                int row = batch.row(n, t);
                for (int i = 0; i < WIDTH; i++) {
                    out.set(row, i, (float) (residual.get(row, i) + sum[i] / (t + 1)));
                    sum[i] += Math.tanh(residual.get(row, i));
                }
            }
        }
        return out;
    }

    @Override
    public void logits(Mat finalResidualRD, Mat outRV) {
        for (int row = 0; row < finalResidualRD.rows(); row++) {
            float[] x = finalResidualRD.copyRow(row);
            for (int v = 0; v < vocabulary(); v++) {
                double logit = 0.2 * x[2 + v % (WIDTH - 2)];
                logit += v == 30 ? 4 * x[0] : v == 31 ? 4 * x[1] : v == 32 ? 3 : 0;
                outRV.set(row, v, (float) logit);
            }
        }
    }

    @Override
    public void close() {}
}
