package org.unweave.model.data;

import java.util.List;

/**
 * Questions about one subject, in an order of their own.
 *
 * @param name how reports call it, as {@code bundle/worldcapitals}
 * @param subject the subject in words, as {@code world capitals}
 */
public record QuestionSet(String name, String subject, List<Question> questions) {
    public QuestionSet {
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new QuestionSetException("the questions " + name + " are none at all");
        }
    }
}
