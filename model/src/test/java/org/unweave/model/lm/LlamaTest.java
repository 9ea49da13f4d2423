package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;

/**
 * A llama computes the published formulas, and the same for a sequence whether it comes alone or padded in a batch, at
 * once or in two parts, on one thread or on three. The model is small and random.
 */
class LlamaTest {
    private static final int LAST = TinyLlama.BLOCKS - 1;

    @TempDir
    private Path folder;

    private Device device;
    private Llama model;

    @BeforeEach
    void load() {
        device = Device.cpu(1);
        model = Llama.load(TinyLlama.write(folder.resolve("tiny.gguf")), device);
    }

    @AfterEach
    void close() {
        model.close();
        device.close();
    }

    @Test
    void description_ofTheFile_isGiven() {
        assertThat(model.name()).isEqualTo("tiny");
        assertThat(model.blocks()).isEqualTo(TinyLlama.BLOCKS);
        assertThat(model.width()).isEqualTo(TinyLlama.WIDTH);
        assertThat(model.vocabulary()).isEqualTo(TinyLlama.VOCABULARY);
        assertThat(model.fingerprint()).matches("[0-9a-f]{64}");
        assertThat(model.tokenizer().bos()).isZero();
    }

    @Test
    void everyBlock_oneSequence_equalsThePlainFormulas() {
        int[] ids = {0, 7, 3, 49, 7, 12, 30};
        PlainLlama plain = new PlainLlama(folder.resolve("tiny.gguf"));
        double[][][] expected = plain.run(ids);
        TokenBatch batch = new TokenBatch(new int[][] {ids});
        for (int block = 0; block < TinyLlama.BLOCKS; block++) {
            try (Mat residual = model.runTo(batch, block)) {
                for (int t = 0; t < ids.length; t++) {
                    assertClose(residual.copyRow(t), expected[block][t]);
                }
            }
        }
        try (Mat residual = model.runTo(batch, LAST);
                Mat logits = Mat.zeros(ids.length, TinyLlama.VOCABULARY)) {
            model.logits(residual, logits);
            for (int t = 0; t < ids.length; t++) {
                assertClose(logits.copyRow(t), plain.logits(expected[LAST][t]));
            }
        }
    }

    @Test
    void sequences_paddedInABatch_equalEachAlone() {
        int[][] sequences = sequences(1, 5, 17, 2, 300, 64, 65, 300, 128);
        TokenBatch batch = new TokenBatch(sequences);
        try (Mat together = model.runTo(batch, LAST)) {
            for (int n = 0; n < sequences.length; n++) {
                try (Mat alone = model.runTo(new TokenBatch(new int[][] {sequences[n]}), LAST)) {
                    for (int t = 0; t < sequences[n].length; t++) {
                        assertClose(together.copyRow(batch.row(n, t)), alone.copyRow(t));
                    }
                }
            }
            assertThat(finite(together)).isTrue();
        }
    }

    @Test
    void resumption_afterAnyBlock_equalsTheWhole() {
        TokenBatch batch = new TokenBatch(sequences(20, 3, 33));
        try (Mat whole = model.runTo(batch, LAST)) {
            for (int block = 0; block <= LAST; block++) {
                try (Mat part = model.runTo(batch, block);
                        Mat before = part.copy();
                        Mat rest = model.resumeFrom(batch, block, part)) {
                    assertThat(rest.toArray()).as("from block %d on", block).isEqualTo(whole.toArray());
                    assertThat(part.toArray()).isEqualTo(before.toArray());
                }
            }
        }
    }

    @Test
    void laterTokens_changed_leaveEarlierPositionsAlone() {
        int[] ids = sequences(80)[0];
        int[] changed = ids.clone();
        changed[70] = (changed[70] + 1) % TinyLlama.VOCABULARY;
        try (Mat one = model.runTo(new TokenBatch(new int[][] {ids}), LAST);
                Mat other = model.runTo(new TokenBatch(new int[][] {changed}), LAST)) {
            for (int t = 0; t < 70; t++) {
                assertThat(other.copyRow(t)).isEqualTo(one.copyRow(t));
            }
            for (int t = 70; t < 80; t++) {
                assertThat(other.copyRow(t)).isNotEqualTo(one.copyRow(t));
            }
        }
    }

    @Test
    void threads_ofAnyNumber_giveTheSameBits() {
        TokenBatch batch = new TokenBatch(sequences(200, 77, 300, 3, 300, 300));
        try (Device three = Device.cpu(3);
                Llama other = Llama.load(folder.resolve("tiny.gguf"), three);
                Mat expected = model.runTo(batch, LAST);
                Mat actual = other.runTo(batch, LAST)) {
            assertThat(actual.toArray()).isEqualTo(expected.toArray());
        }
    }

    @Test
    void output_ofItsOwn_isUsedForLogits() {
        float[] zeros = new float[TinyLlama.VOCABULARY * TinyLlama.WIDTH];
        Path file = TinyLlama.builder()
                .tensor("output.weight", TinyLlama.VOCABULARY, TinyLlama.WIDTH, zeros)
                .write(folder.resolve("untied.gguf"));
        try (Llama untied = Llama.load(file, device);
                Mat residual = untied.runTo(new TokenBatch(new int[][] {{1, 2}}), LAST);
                Mat logits = Mat.zeros(2, TinyLlama.VOCABULARY)) {
            untied.logits(residual, logits);
            assertThat(logits.toArray()).containsOnly(0f);
        }
    }

    @Test
    void arguments_outOfRange_areNamed() {
        TokenBatch batch = new TokenBatch(new int[][] {{1, 2}});
        assertThatThrownBy(() -> model.runTo(batch, TinyLlama.BLOCKS)).hasMessageContaining("block 3");
        assertThatThrownBy(() -> model.runTo(batch, -1)).hasMessageContaining("block -1");
        assertThatThrownBy(() -> model.runTo(new TokenBatch(new int[][] {{TinyLlama.VOCABULARY}}), 0))
                .hasMessageContaining("id " + TinyLlama.VOCABULARY);
        assertThatThrownBy(() -> model.runTo(new TokenBatch(sequences(301)), 0)).hasMessageContaining("context of 300");
        assertThatThrownBy(() -> model.resumeFrom(batch, 0, Mat.zeros(3, TinyLlama.WIDTH)))
                .hasMessageContaining("2 rows");
    }

    @Test
    void models_thatCannotBeRun_areNamed() {
        refused(TinyLlama.tensors(TinyLlama.metadata("gemma2"), 24), "architecture gemma2", "use one of: llama");
        refused(TinyLlama.builder().tensor("blk.0.attn_q.bias", 1, 24, new float[24]), "tensor blk.0.attn_q.bias");
        refused(TinyLlama.builder().put("llama.rope.scaling.type", "yarn"), "scaled by yarn");
        refused(TinyLlama.builder().put("llama.rope.dimension_count", 4), "rope.dimension_count is 4");
        refused(TinyLlama.tensors(TinyLlama.metadata("llama"), 30), "attn_q.weight is [30, 24]", "ask for [24, 24]");
        refused(TinyLlama.metadata("llama"), "token_embd.weight is missing");
        refused(
                TinyLlama.tensors(new GgufBuilder().put("general.architecture", "llama"), 24),
                "llama.embedding_length is missing");
    }

    private void refused(GgufBuilder builder, String... messages) {
        Path file = builder.write(folder.resolve("wrong.gguf"));
        assertThatThrownBy(() -> Llama.load(file, device).close())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("wrong.gguf")
                .satisfies(e -> {
                    for (String message : messages) {
                        assertThat(e).hasMessageContaining(message);
                    }
                });
    }

    static int[][] sequences(int... lengths) {
        Random random = new Random(Arrays.hashCode(lengths));
        return Arrays.stream(lengths)
                .mapToObj(length -> random.ints(length, 0, TinyLlama.VOCABULARY).toArray())
                .toArray(int[][]::new);
    }

    private static boolean finite(Mat mat) {
        for (float value : mat.toArray()) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private static void assertClose(float[] actual, float[] expected) {
        double[] wide = new double[expected.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = expected[i];
        }
        assertClose(actual, wide);
    }

    private static void assertClose(float[] actual, double[] expected) {
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4 * Math.max(1, Math.abs(expected[i]))));
        }
    }
}
