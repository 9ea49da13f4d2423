package org.unweave.eval;

import org.unweave.model.data.Question;
import org.unweave.model.lm.Tokenizer;

/** A question and its answer as running text. */
final class QuestionText {
    static final String ANSWER = "Answer:";
    static final String SPACE = " ";

    private QuestionText() {}

    /** The text that an answer follows, after a space. */
    static String asked(Question question) {
        return "Question: " + question.text() + "\n" + ANSWER;
    }

    /** A question with its right answer. */
    static String statement(Question question) {
        return asked(question) + SPACE + question.right();
    }

    static int[] withBos(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text);
        int[] all = new int[ids.length + 1];
        all[0] = tokenizer.bos();
        System.arraycopy(ids, 0, all, 1, ids.length);
        return all;
    }
}
