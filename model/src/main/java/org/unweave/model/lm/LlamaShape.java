package org.unweave.model.lm;

import java.util.Locale;
import org.unweave.model.math.TransformerOps.Heads;

/**
 * The sizes of a model of the llama family, as its file gives them.
 *
 * @param context most positions of a sequence
 * @param ropeBase of which the rotations' wavelengths are powers
 */
record LlamaShape(
        int blocks, int width, int hidden, Heads heads, int vocabulary, int context, double ropeBase, float epsilon) {
    static final String FAMILY = "llama";

    private static final int MAX_SIZE = 1 << 24;

    static LlamaShape of(GgufFile file) {
        String architecture = file.text("general.architecture");
        if (!architecture.equals(FAMILY)) {
            throw new ModelFileException(
                    file.path(),
                    "a model of the architecture " + architecture + ", which cannot be run",
                    "use one of: " + FAMILY);
        }
        int width = size(file, key("embedding_length"));
        int queryHeads = size(file, key("attention.head_count"));
        int keyValueHeads = sizeOr(file, key("attention.head_count_kv"), queryHeads);
        int headWidth = sizeOr(file, key("attention.key_length"), Math.max(1, width / queryHeads));
        requireEqual(file, key("attention.value_length"), headWidth);
        requireEqual(file, key("rope.dimension_count"), headWidth);
        requirePlainRope(file);
        if (queryHeads % keyValueHeads != 0 || headWidth % 2 != 0) {
            throw new ModelFileException(
                    file.path(),
                    queryHeads + " heads, " + keyValueHeads + " key-value heads of " + headWidth
                            + " columns do not fit together",
                    GgufCursor.REMEDY);
        }
        return new LlamaShape(
                size(file, key("block_count")),
                width,
                size(file, key("feed_forward_length")),
                new Heads(queryHeads, keyValueHeads, headWidth),
                Math.toIntExact(Math.min(file.tensor("token_embd.weight").rows(), MAX_SIZE)),
                size(file, key("context_length")),
                file.has(key("rope.freq_base")) ? file.number(key("rope.freq_base")) : 10_000,
                (float) file.number(key("attention.layer_norm_rms_epsilon")));
    }

    private static String key(String name) {
        return FAMILY + "." + name;
    }

    private static int size(GgufFile file, String key) {
        long value = file.integer(key);
        if (value < 1 || value > MAX_SIZE) {
            throw new ModelFileException(file.path(), "metadata " + key + " is " + value, GgufCursor.REMEDY);
        }
        return (int) value;
    }

    private static int sizeOr(GgufFile file, String key, int fallback) {
        return file.has(key) ? size(file, key) : fallback;
    }

    private static void requireEqual(GgufFile file, String key, int wanted) {
        if (sizeOr(file, key, wanted) != wanted) {
            throw new ModelFileException(
                    file.path(),
                    "metadata " + key + " is " + file.integer(key) + ", where only a head's width, " + wanted
                            + ", can be run",
                    "use another model");
        }
    }

    private static void requirePlainRope(GgufFile file) {
        String scaling = file.text(key("rope.scaling.type"), "none").toLowerCase(Locale.ROOT);
        if (!scaling.equals("none")) {
            throw new ModelFileException(
                    file.path(),
                    "rotary positions scaled by " + scaling + ", which cannot be run",
                    "use another model");
        }
    }
}
