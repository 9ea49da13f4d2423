package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;

/** Losses are those of the whole softmax, row by row, in batches of several blocks of rows with padding. */
class NextTokenLossTest {
    private static final int LAST = TinyLlama.BLOCKS - 1;

    @TempDir
    private Path folder;

    @Test
    void losses_ofTwoStreams_equalThePlainFormulas() {
        int[][] sequences = LlamaTest.sequences(1, 150, 2, 90, 40);
        TokenBatch batch = new TokenBatch(sequences);
        try (Device device = Device.cpu(1);
                Llama model = Llama.load(TinyLlama.write(folder.resolve("tiny.gguf")), device);
                NextTokenLoss loss = new NextTokenLoss(model, device);
                Mat clean = model.runTo(batch, LAST);
                Mat other = model.runTo(batch, LAST - 1);
                Mat cleanLogits = Mat.zeros(batch.rows(), model.vocabulary());
                Mat otherLogits = Mat.zeros(batch.rows(), model.vocabulary())) {
            model.logits(clean, cleanLogits);
            model.logits(other, otherLogits);
            float[] cleanLoss = loss.crossEntropy(batch, clean);
            NextTokenLoss.Comparison comparison = loss.compare(batch, clean, other);
            for (int n = 0; n < batch.sequences(); n++) {
                for (int t = 0; t < batch.positions(); t++) {
                    int row = batch.row(n, t);
                    if (t >= batch.length(n)) {
                        assertThat(comparison.divergence()[row]).isNaN();
                        continue;
                    }
                    double[] logP = logSoftmax(cleanLogits.copyRow(row));
                    double[] logQ = logSoftmax(otherLogits.copyRow(row));
                    close(comparison.divergence()[row], divergence(logP, logQ));
                    if (t == batch.length(n) - 1) {
                        assertThat(cleanLoss[row]).isNaN();
                        assertThat(comparison.cleanCrossEntropy()[row]).isNaN();
                        assertThat(comparison.crossEntropy()[row]).isNaN();
                        continue;
                    }
                    int next = batch.token(n, t + 1);
                    close(cleanLoss[row], -logP[next]);
                    close(comparison.cleanCrossEntropy()[row], -logP[next]);
                    close(comparison.crossEntropy()[row], -logQ[next]);
                }
            }
        }
    }

    @Test
    void divergence_ofAStreamFromItself_isZero() {
        TokenBatch batch = new TokenBatch(LlamaTest.sequences(30));
        try (Device device = Device.cpu(2);
                Llama model = Llama.load(TinyLlama.write(folder.resolve("tiny.gguf")), device);
                NextTokenLoss loss = new NextTokenLoss(model, device);
                Mat residual = model.runTo(batch, LAST)) {
            float[] divergence = loss.compare(batch, residual, residual).divergence();
            for (int t = 0; t < 29; t++) {
                assertThat(divergence[t]).isZero();
            }
            assertThatThrownBy(() -> loss.crossEntropy(batch, Mat.zeros(29, TinyLlama.WIDTH)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("30 rows");
        }
    }

    @Test
    void logProbabilities_ofPairs_equalThePlainFormulas() {
        TokenBatch batch = new TokenBatch(LlamaTest.sequences(200));
        try (Device device = Device.cpu(1);
                Llama model = Llama.load(TinyLlama.write(folder.resolve("tiny.gguf")), device);
                NextTokenLoss loss = new NextTokenLoss(model, device);
                Mat residual = model.runTo(batch, LAST);
                Mat logits = Mat.zeros(batch.rows(), model.vocabulary())) {
            model.logits(residual, logits);
            // More rows than one block has, several tokens of most, and one row again.
            int[] rows = IntStream.range(0, 600)
                    .map(i -> i == 599 ? 0 : Math.min(199, i / 3))
                    .toArray();
            int[] tokens = IntStream.range(0, 600)
                    .map(i -> i * 7 % TinyLlama.VOCABULARY)
                    .toArray();
            float[] found = loss.logProbabilities(residual, rows, tokens);
            for (int i = 0; i < rows.length; i++) {
                close(found[i], logSoftmax(logits.copyRow(rows[i]))[tokens[i]]);
            }
            assertThatThrownBy(() -> loss.logProbabilities(residual, new int[] {200}, new int[] {1}))
                    .hasMessageContaining("row 200");
        }
    }

    private static double[] logSoftmax(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double[] log = new double[logits.length];
        for (int i = 0; i < log.length; i++) {
            log[i] = logits[i] - Math.log(sum);
        }
        return log;
    }

    private static double divergence(double[] logP, double[] logQ) {
        double sum = 0;
        for (int v = 0; v < logP.length; v++) {
            sum += Math.exp(logP[v]) * (logP[v] - logQ[v]);
        }
        return sum;
    }

    private static void close(float actual, double expected) {
        assertThat((double) actual).isCloseTo(expected, within(1e-4 * Math.max(1, Math.abs(expected))));
    }
}
