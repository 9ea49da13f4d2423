package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tokenizer that the bundle's model carries gives the ids that two other implementations give: digits one by one,
 * scripts, code, spaces, control tokens.
 */
class GgufTokenizerTest {
    private static GgufTokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        try (GgufFile file = GgufFile.open(SmolLm.bundle().model())) {
            tokenizer = GgufTokenizer.of(file);
        }
    }

    @Test
    void prompts_ofTheGoldenFile_becomeTheSameIds() {
        JsonNode prompts = SmolLm.golden().get("prompts");
        assertThat(prompts).isNotEmpty();
        for (JsonNode prompt : prompts) {
            assertThat(tokenizer.encode(prompt.get("text").asText()))
                    .as(prompt.get("text").asText())
                    .isEqualTo(SmolLm.integers(prompt.get("ids")));
        }
    }

    @Test
    void longText_isNeitherCutNorPadded() {
        int[] one = tokenizer.encode(" a house");
        int[] many = tokenizer.encode(" a house".repeat(3000));
        assertThat(many).hasSize(3000 * one.length);
        assertThat(Arrays.copyOfRange(many, many.length - one.length, many.length))
                .isEqualTo(one);
    }

    @Test
    void texts_thatAreOdd_areEncoded() {
        assertThat(tokenizer.encode("")).isEmpty();
        assertThat(tokenizer.encode("a\0b")).hasSize(3);
        assertThat(tokenizer.encode("x\uD83Dy")).isEqualTo(tokenizer.encode("x\uFFFDy"));
    }

    @Test
    void texts_ofTheTokensOfAText_areTheTextAgain() {
        String text = "The  Straße,\n\tπ ≈ 3.14159 and 東京: \"x\" => y;";
        String tokens =
                Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::text).collect(Collectors.joining());
        assertThat(asBytes(tokens)).isEqualTo(text);
        assertThat(tokenizer.text(tokenizer.encode(" house")[0])).isEqualTo(" house");
        assertThat(tokenizer.text(tokenizer.bos())).isEqualTo("<|endoftext|>");
        assertThatThrownBy(() -> tokenizer.text(49152)).hasMessage("token 49152 of 49152");
        assertThatThrownBy(() -> tokenizer.text(-1)).hasMessageContaining("token -1");
    }

    @Test
    void text_ofAPartOfACharacter_isItsBytes() {
        int[] ids = tokenizer.encode("\uD83D\uDC4B\uD83E\uDD8A");
        String all = Arrays.stream(ids).mapToObj(tokenizer::text).collect(Collectors.joining());
        assertThat(all).contains("\\xF0");
        assertThat(asBytes(all)).isEqualTo("\uD83D\uDC4B\uD83E\uDD8A");
    }

    /** A text whose bytes are written {@code \xE2}, read back. */
    private static String asBytes(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Matcher part = Pattern.compile("\\\\x([0-9A-F]{2})|.", Pattern.DOTALL).matcher(text);
        while (part.find()) {
            if (part.group(1) != null) {
                bytes.write(Integer.parseInt(part.group(1), 16));
            } else {
                bytes.writeBytes(part.group().getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void concurrentCallers_getTheSameIds() {
        String text = "The year 1848, and what came of it. ".repeat(50);
        int[] expected = tokenizer.encode(text);
        List<int[]> results = IntStream.range(0, 64)
                .parallel()
                .mapToObj(i -> tokenizer.encode(text))
                .toList();
        assertThat(results).allSatisfy(ids -> assertThat(ids).isEqualTo(expected));
    }

    @Test
    void bos_ofAFileThatAddsNone_isEndOfText() {
        assertThat(tokenizer.bos()).isZero();
        assertThat(IntStream.range(0, 49152).filter(tokenizer::special).toArray())
                .isEqualTo(IntStream.rangeClosed(0, 16).toArray());
    }

    @Test
    void bos_ofAFileThatAddsIt_isTheFiles() {
        assertThat(open(header("gpt2", "gpt-2").put("tokenizer.ggml.add_bos_token", true))
                        .bos())
                .isEqualTo(1);
        assertThat(open(header("gpt2", "gpt-2")).bos()).isZero();
    }

    @Test
    void endAndPadding_areTheFilesOrWhatStandsForThem() {
        assertThat(tokenizer.eosText()).isEqualTo("<|im_end|>");
        assertThat(tokenizer.encode(tokenizer.eosText())).containsExactly(2);
        assertThat(tokenizer.pad()).isEqualTo(2);
        GgufTokenizer bare = open(header("gpt2", "gpt-2"));
        assertThat(bare.eosText()).isEqualTo("<|endoftext|>");
        assertThat(bare.pad()).isZero();
        GgufTokenizer ending = open(header("gpt2", "gpt-2").put("tokenizer.ggml.eos_token_id", 1));
        assertThat(ending.eosText()).isEqualTo("<s>");
        assertThat(ending.pad()).isEqualTo(1);
        assertThat(open(header("gpt2", "gpt-2")
                                .put("tokenizer.ggml.eos_token_id", 1)
                                .put("tokenizer.ggml.padding_token_id", 3))
                        .pad())
                .isEqualTo(3);
    }

    @Test
    void fingerprint_ofOtherMergesOrSplitting_differs() {
        String plain = open(header("gpt2", "gpt-2")).fingerprint();
        assertThat(open(header("gpt2", "gpt-2")).fingerprint()).isEqualTo(plain);
        assertThat(open(header("gpt2", "smollm")).fingerprint()).isNotEqualTo(plain);
    }

    @Test
    void tokenizers_thatCannotBeRun_areNamed() {
        assertThatThrownBy(() -> open(header("llama", "default")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("of the kind llama");
        assertThatThrownBy(() -> open(header("gpt2", "qwen2")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("by qwen2")
                .hasMessageContaining("smollm, gpt-2");
    }

    private GgufTokenizer open(GgufBuilder builder) {
        try (GgufFile file = GgufFile.open(builder.write(folder.resolve("tokenizer.gguf")))) {
            return GgufTokenizer.of(file);
        }
    }

    private static GgufBuilder header(String kind, String splitter) {
        return new GgufBuilder()
                .put("tokenizer.ggml.model", kind)
                .put("tokenizer.ggml.pre", splitter)
                .put("tokenizer.ggml.bos_token_id", 1)
                .putTexts("tokenizer.ggml.tokens", List.of("<|endoftext|>", "<s>", "a", "b", "ab"))
                .putIntegers("tokenizer.ggml.token_type", List.of(3, 3, 1, 1, 1))
                .putTexts("tokenizer.ggml.merges", List.of("a b"));
    }
}
