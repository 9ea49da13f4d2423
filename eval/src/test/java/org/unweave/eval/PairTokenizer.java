package org.unweave.eval;

import java.util.stream.IntStream;
import org.unweave.model.lm.Tokenizer;

/** As golden_unlearning.py has it: two characters are a token, so that it counts where a text is cut. */
public record PairTokenizer(int bos, int eos, int pad) implements Tokenizer {
    public static final int VOCABULARY = 100;
    private static final String EOS_TEXT = "<e>";
    private static final int FIRST = 10;
    // A character that no text has.
    private static final int END = 1;

    @Override
    public int[] encode(String text) {
        int[] characters =
                text.replace(EOS_TEXT, Character.toString(END)).codePoints().toArray();
        IntStream.Builder ids = IntStream.builder();
        for (int at = 0; at < characters.length; at++) {
            int one = characters[at];
            if (isEnd(one)) {
                ids.add(eos);
            } else if (at + 1 < characters.length && !isEnd(characters[at + 1])) {
                at++;
                ids.add(FIRST + (31 * one + characters[at]) % (VOCABULARY - FIRST));
            } else {
                ids.add(FIRST + one % (VOCABULARY - FIRST));
            }
        }
        return ids.build().toArray();
    }

    private static boolean isEnd(int character) {
        return character == END;
    }

    @Override
    public String eosText() {
        return EOS_TEXT;
    }

    @Override
    public boolean special(int id) {
        return id == bos || id == eos || id == pad;
    }

    @Override
    public String text(int id) {
        return "#" + id;
    }

    @Override
    public String fingerprint() {
        return "pairs of characters";
    }
}
