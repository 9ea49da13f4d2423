package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.lm.Tokenizer;

/**
 * Documents as one text of tokens, cut into blocks of the same length.
 *
 * <p>The documents are joined by the text of the tokenizer's EOS. The whole is cut into twenty pieces of as many
 * characters as Python counts, wherever that falls, and each piece is tokenized by itself with a BOS before it. The ids
 * of padding are left out, also where padding is what EOS or BOS is. Blocks go on over the pieces' ends; the first token
 * of each gives way to BOS, and what fills no block is dropped.
 */
final class TokenBlocks {
    private static final int PIECES = 20;

    private TokenBlocks() {}

    /** @param length tokens of a block, BOS included */
    static List<int[]> of(List<String> documents, Tokenizer tokenizer, int length) {
        String text = String.join(tokenizer.eosText(), documents);
        int characters = Math.ceilDiv(text.codePointCount(0, text.length()), PIECES);
        Cutter cutter = new Cutter(tokenizer, length);
        int from = 0;
        for (int piece = 0; piece < PIECES; piece++) {
            int to = forward(text, from, characters);
            cutter.add(tokenizer.bos());
            for (int id : tokenizer.encode(text.substring(from, to))) {
                cutter.add(id);
            }
            from = to;
        }
        return cutter.blocks;
    }

    /** So many characters on, or the text's end. */
    private static int forward(String text, int from, int characters) {
        int to = from;
        for (int n = 0; n < characters && to < text.length(); n++) {
            to += Character.charCount(text.codePointAt(to));
        }
        return to;
    }

    private static final class Cutter {
        private final int bos;
        private final int pad;
        private final List<int[]> blocks = new ArrayList<>();
        private int[] block;
        private int filled;

        Cutter(Tokenizer tokenizer, int length) {
            this.bos = tokenizer.bos();
            this.pad = tokenizer.pad();
            this.block = new int[length];
        }

        void add(int id) {
            if (id == pad) {
                return;
            }
            block[filled++] = id;
            if (filled == block.length) {
                block[0] = bos;
                blocks.add(block);
                block = new int[block.length];
                filled = 0;
            }
        }
    }
}
