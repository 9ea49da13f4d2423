package org.unweave.model.lm;

/** Text to token ids. Safe for concurrent use. */
public interface Tokenizer {
    /** The ids of a text, with no special token added. */
    int[] encode(String text);

    /** The id that every sequence starts with: the tokenizer's BOS, or {@code <|endoftext|>} where it has none. */
    int bos();

    /** Whether positions with this id are masked everywhere: BOS, EOS and padding. */
    boolean special(int id);

    /** Changes when the vocabulary or the merges do. */
    String fingerprint();
}
