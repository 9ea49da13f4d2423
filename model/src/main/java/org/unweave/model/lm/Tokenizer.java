package org.unweave.model.lm;

/** Text to token ids. Safe for concurrent use. */
public interface Tokenizer {
    /** The ids of a text, with no special token added. */
    int[] encode(String text);

    /** The id that every sequence starts with: the tokenizer's BOS, or {@code <|endoftext|>} where it has none. */
    int bos();

    /** The text of the token that ends a document: the tokenizer's EOS, or {@code <|endoftext|>} where it has none. */
    String eosText();

    /** The id that fills up what is too short: the tokenizer's padding, or its EOS where it has none; -1 where it has neither. */
    int pad();

    /** Whether positions with this id are masked everywhere: BOS, EOS and padding. */
    boolean special(int id);

    /**
     * A token's text, as people read it. Bytes that are no whole character by themselves are written {@code \xE2}.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    String text(int id);

    /** Changes when the vocabulary or the merges do. */
    String fingerprint();
}
