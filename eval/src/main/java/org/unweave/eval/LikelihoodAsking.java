package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.Tokenizer;

/**
 * An answer is the option whose text is the likeliest to follow the question. The order of the options does not matter
 * then, so in place of SAEBench's 24 orders a question counts if it is answered, and is not when the question is taken
 * away: an option that is likely by itself says nothing of what the model knows.
 */
final class LikelihoodAsking implements Asking {
    private final Tokenizer tokenizer;

    LikelihoodAsking(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public String name() {
        return "likelihood";
    }

    @Override
    public String metric() {
        return "correct-iff-question";
    }

    @Override
    public Prompt prompt(QuestionSet set, Question question) {
        return prompt(QuestionText.asked(question), question);
    }

    @Override
    public List<Trial> trials(QuestionSet set, Question question) {
        return List.of(new Trial(prompt(QuestionText.ANSWER, question), question.answer(), false));
    }

    // The space between the two belongs to the answer's first token, as in running text.
    private Prompt prompt(String beginning, Question question) {
        int[][] options = question.options().stream()
                .map(option -> tokenizer.encode(QuestionText.SPACE + option))
                .toArray(int[][]::new);
        int[] numbers = new int[options.length];
        Arrays.setAll(numbers, i -> i);
        return new Prompt(QuestionText.withBos(tokenizer, beginning), options, numbers);
    }
}
