package org.unweave.model.lm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small random model of the llama family, written as a GGUF file. Its tokens are bytes, so it reads any text. */
public final class TinyLlama {
    static final int BLOCKS = 3;
    static final int WIDTH = 24;
    static final int HIDDEN = 40;
    static final int QUERY_HEADS = 4;
    static final int KEY_HEADS = 2;
    static final int HEAD_WIDTH = 6;
    static final int VOCABULARY = 2 + 256;
    static final int CONTEXT = 300;

    private TinyLlama() {}

    /** Writes it, and gives the file. */
    public static Path write(Path file) {
        return builder().write(file);
    }

    /** All but nothing: a test may add an entry or a tensor that makes it wrong. */
    static GgufBuilder builder() {
        return tensors(metadata("llama"), QUERY_HEADS * HEAD_WIDTH);
    }

    static GgufBuilder metadata(String architecture) {
        List<String> tokens = new ArrayList<>(List.of("<|endoftext|>", "<|im_start|>"));
        List<Integer> types = new ArrayList<>(List.of(3, 3));
        for (int value = 0; value < 256; value++) {
            tokens.add(letter(value));
            types.add(1);
        }
        return new GgufBuilder()
                .put("general.architecture", architecture)
                .put("llama.block_count", BLOCKS)
                .put("llama.embedding_length", WIDTH)
                .put("llama.feed_forward_length", HIDDEN)
                .put("llama.context_length", CONTEXT)
                .put("llama.attention.head_count", QUERY_HEADS)
                .put("llama.attention.head_count_kv", KEY_HEADS)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.freq_base", 1000f)
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "smollm")
                .put("tokenizer.ggml.bos_token_id", 1)
                .put("tokenizer.ggml.add_bos_token", false)
                .putTexts("tokenizer.ggml.tokens", tokens)
                .putIntegers("tokenizer.ggml.token_type", types)
                .putTexts("tokenizer.ggml.merges", List.of());
    }

    // As GPT-2 writes bytes: those that can be seen as themselves, the others, in order, from U+0100 on.
    private static String letter(int value) {
        int hidden = 0;
        for (int before = 0; before < value; before++) {
            hidden += seen(before) ? 0 : 1;
        }
        return Character.toString(seen(value) ? value : 256 + hidden);
    }

    private static boolean seen(int value) {
        return value > ' ' && value < 0x7f || value > 0xa0 && value != 0xad;
    }

    static GgufBuilder tensors(GgufBuilder builder, int queryRows) {
        Random random = new Random(5);
        int keyRows = KEY_HEADS * HEAD_WIDTH;
        matrix(builder, random, "token_embd.weight", VOCABULARY, WIDTH);
        matrix(builder, random, "output_norm.weight", 1, WIDTH);
        for (int block = 0; block < BLOCKS; block++) {
            String prefix = "blk." + block + ".";
            matrix(builder, random, prefix + "attn_norm.weight", 1, WIDTH);
            matrix(builder, random, prefix + "attn_q.weight", queryRows, WIDTH);
            matrix(builder, random, prefix + "attn_k.weight", keyRows, WIDTH);
            matrix(builder, random, prefix + "attn_v.weight", keyRows, WIDTH);
            matrix(builder, random, prefix + "attn_output.weight", WIDTH, queryRows);
            matrix(builder, random, prefix + "ffn_norm.weight", 1, WIDTH);
            matrix(builder, random, prefix + "ffn_gate.weight", HIDDEN, WIDTH);
            matrix(builder, random, prefix + "ffn_up.weight", HIDDEN, WIDTH);
            matrix(builder, random, prefix + "ffn_down.weight", WIDTH, HIDDEN);
        }
        return builder;
    }

    private static void matrix(GgufBuilder builder, Random random, String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / 3);
        }
        builder.tensor(name, rows, columns, values);
    }
}
