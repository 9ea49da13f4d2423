package org.unweave.model.data;

import java.util.Arrays;
import org.unweave.model.lm.Tokenizer;

/** One token a word: a number is its own id, another word is hashed. Id 0 is BOS, {@code <end>} is special too. */
final class WordTokenizer implements Tokenizer {
    static final int END = 1;
    private static final int VOCABULARY = 5_000;

    @Override
    public int[] encode(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .mapToInt(WordTokenizer::id)
                .toArray();
    }

    private static int id(String word) {
        if (word.equals("<end>")) {
            return END;
        }
        if (word.matches("\\d{1,9}")) {
            return Integer.parseInt(word);
        }
        return 2 + Math.floorMod(word.hashCode(), VOCABULARY - 2);
    }

    @Override
    public int bos() {
        return 0;
    }

    @Override
    public String eosText() {
        return " <end> ";
    }

    @Override
    public int pad() {
        return END;
    }

    @Override
    public boolean special(int id) {
        return id == 0 || id == END;
    }

    @Override
    public String text(int id) {
        return id == 0 ? "<bos>" : Integer.toString(id);
    }

    @Override
    public String fingerprint() {
        return "words";
    }
}
