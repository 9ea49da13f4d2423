package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.Tokenizer;

/**
 * SAEBench's way: the model is shown four options by the letters A to D, and its answer is the likeliest letter, with or
 * without a space before it. A question counts if it is answered under all 24 orders of its options.
 *
 * <p>The markup of a chat is that of the tokenizer's own control tokens: Gemma's, or that of ChatML, or none.
 */
final class LetterAsking implements Asking {
    private static final String LETTERS = "ABCD";

    private final Tokenizer tokenizer;
    private final Markup markup;

    LetterAsking(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.markup = Markup.of(tokenizer);
    }

    private enum Markup {
        GEMMA("<start_of_turn>", "<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"),
        CHAT_ML("<|im_start|>", "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
        NONE("", "", "\n");

        private final String mark;
        private final String before;
        private final String after;

        Markup(String mark, String before, String after) {
            this.mark = mark;
            this.before = before;
            this.after = after;
        }

        static Markup of(Tokenizer tokenizer) {
            for (Markup markup : List.of(GEMMA, CHAT_ML)) {
                int[] ids = tokenizer.encode(markup.mark);
                if (ids.length == 1 && tokenizer.special(ids[0])) {
                    return markup;
                }
            }
            return NONE;
        }
    }

    @Override
    public String name() {
        return "letter";
    }

    @Override
    public String metric() {
        return "correct";
    }

    @Override
    public Prompt prompt(QuestionSet set, Question question) {
        return prompt(text(set.subject(), question));
    }

    private Prompt prompt(String text) {
        int[][] letters = new int[2 * LETTERS.length()][];
        int[] option = new int[letters.length];
        for (int i = 0; i < LETTERS.length(); i++) {
            String letter = LETTERS.substring(i, i + 1);
            letters[2 * i] = tokenizer.encode(letter);
            letters[2 * i + 1] = tokenizer.encode(" " + letter);
            option[2 * i] = i;
            option[2 * i + 1] = i;
        }
        return new Prompt(QuestionText.withBos(tokenizer, text), letters, option);
    }

    /** The text after BOS. */
    String text(String subject, Question question) {
        StringBuilder text = new StringBuilder(markup.before)
                .append("The following are multiple choice questions (with answers) about ")
                .append(subject)
                .append(".\n")
                .append(question.text());
        for (int i = 0; i < LETTERS.length(); i++) {
            text.append('\n')
                    .append(LETTERS.charAt(i))
                    .append(". ")
                    .append(question.options().get(i));
        }
        return text.append(markup.after).append("Answer: (").toString();
    }

    @Override
    public List<Trial> trials(QuestionSet set, Question question) {
        List<Trial> trials = new ArrayList<>();
        for (List<Integer> order : orders(List.of(0, 1, 2, 3))) {
            Question turned = new Question(
                    question.text(),
                    order.stream().map(question.options()::get).toList(),
                    order.indexOf(question.answer()));
            trials.add(new Trial(prompt(set, turned), turned.answer(), true));
        }
        return trials;
    }

    /** All orders of some items, the given one first. */
    static List<List<Integer>> orders(List<Integer> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Integer>> orders = new ArrayList<>();
        for (Integer first : items) {
            List<Integer> others =
                    items.stream().filter(item -> !item.equals(first)).toList();
            for (List<Integer> rest : orders(others)) {
                List<Integer> order = new ArrayList<>(List.of(first));
                order.addAll(rest);
                orders.add(order);
            }
        }
        return orders;
    }
}
