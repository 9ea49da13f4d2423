package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Wheel;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;

/** The bundle's real model computes what Hugging Face transformers computes from the same file. */
class LlamaGoldenTest {
    private static final JsonNode GOLDEN = SmolLm.golden();

    private static Bundle bundle;
    private static Device device;
    private static Llama model;

    @BeforeAll
    static void load() {
        bundle = SmolLm.bundle();
        device = Device.cpu(2);
        model = Llama.load(bundle.model(), GOLDEN.get("model_sha256").asText(), device);
    }

    @AfterAll
    static void close() {
        model.close();
        device.close();
    }

    @Test
    void residualStream_afterEachBlock_hasTheSameNorms() {
        JsonNode prompts = GOLDEN.get("prompts");
        TokenBatch batch = new TokenBatch(IntStream.range(0, prompts.size())
                .mapToObj(n -> ids(prompts.get(n)))
                .toArray(int[][]::new));
        for (int block = 0; block < model.blocks(); block++) {
            try (Mat residual = model.runTo(batch, block)) {
                for (int n = 0; n < prompts.size(); n++) {
                    requireNorms(prompts.get(n), block, batch, n, residual);
                }
            }
        }
    }

    private static void requireNorms(JsonNode prompt, int block, TokenBatch batch, int n, Mat residual) {
        int[] positions = SmolLm.integers(prompt.get("positions"));
        for (int i = 0; i < positions.length; i++) {
            double expected = prompt.get("residual_norms").get(block).get(i).asDouble();
            assertThat(norm(residual.copyRow(batch.row(n, positions[i]))))
                    .as("prompt %d, block %d, position %d", n, block, positions[i])
                    .isCloseTo(expected, within(1e-3 * expected));
        }
    }

    private static double norm(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    @Test
    void nextToken_ofEachPrompt_hasTheSameTopLogits() {
        for (JsonNode prompt : GOLDEN.get("prompts")) {
            int[] ids = ids(prompt);
            TokenBatch batch = new TokenBatch(new int[][] {ids});
            try (Mat residual = model.runTo(batch, model.blocks() - 1);
                    Mat logits = Mat.zeros(1, model.vocabulary())) {
                model.logits(residual.rowsView(ids.length - 1, ids.length), logits);
                float[] actual = logits.copyRow(0);
                int[] top = SmolLm.integers(prompt.get("top_ids"));
                for (int i = 0; i < top.length; i++) {
                    double expected = prompt.get("top_logits").get(i).asDouble();
                    assertThat((double) actual[top[i]]).isCloseTo(expected, within(1e-3 * Math.abs(expected)));
                }
                assertThat(actual[top[0]]).isEqualTo(largest(actual));
            }
        }
    }

    private static float largest(float[] values) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    @Test
    void crossEntropy_ofHeldOutPassages_isTheSame() throws Exception {
        List<String> lines = new String(
                        bundle.read(Wheel.ENGLISH, GOLDEN.get("passages_file").asText()), StandardCharsets.UTF_8)
                .lines()
                .toList();
        JsonNode passages = GOLDEN.get("passages");
        List<int[]> sequences = new ArrayList<>();
        for (JsonNode passage : passages) {
            String text = new ObjectMapper()
                    .readTree(lines.get(passage.get("line").asInt()))
                    .get(GOLDEN.get("passages_field").asText())
                    .asText();
            assertThat(sha256(text)).isEqualTo(passage.get("sha256").asText());
            int[] ids = SmolLm.withBos(model.tokenizer(), model.tokenizer().encode(text));
            sequences.add(Arrays.copyOf(
                    ids, Math.min(ids.length, GOLDEN.get("passages_max_tokens").asInt())));
        }
        assertThat(sequences).hasSize(50);
        try (NextTokenLoss loss = new NextTokenLoss(model, device)) {
            for (int first = 0; first < sequences.size(); first += 10) {
                TokenBatch batch =
                        new TokenBatch(sequences.subList(first, first + 10).toArray(int[][]::new));
                try (Mat residual = model.runTo(batch, model.blocks() - 1)) {
                    float[] perToken = loss.crossEntropy(batch, residual);
                    for (int n = 0; n < 10; n++) {
                        requireLoss(passages.get(first + n), batch, n, perToken);
                    }
                }
            }
        }
    }

    private static void requireLoss(JsonNode passage, TokenBatch batch, int n, float[] perToken) {
        int predicted = batch.length(n) - 1;
        assertThat(batch.length(n)).isEqualTo(passage.get("tokens").asInt());
        double sum = 0;
        for (int t = 0; t < predicted; t++) {
            sum += perToken[batch.row(n, t)];
        }
        double expected = passage.get("cross_entropy").asDouble();
        assertThat(sum / predicted).as("line %s", passage.get("line")).isCloseTo(expected, within(1e-3 * expected));
    }

    private static int[] ids(JsonNode prompt) {
        return SmolLm.withBos(model.tokenizer(), SmolLm.integers(prompt.get("ids")));
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
