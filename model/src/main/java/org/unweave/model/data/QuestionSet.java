package org.unweave.model.data;

import java.util.List;

/**
 * Questions about one subject, in an order of their own.
 *
 * @param name how reports call it, as {@code bundle/worldcapitals}
 * @param subject the subject in words, as {@code world capitals}
 * @param listName how SAEBench's lists of answered questions call it, as {@code mmlu-human-aging}
 */
public record QuestionSet(String name, String subject, String listName, List<Question> questions) {
    /** A set that the lists call as reports do. */
    public QuestionSet(String name, String subject, List<Question> questions) {
        this(name, subject, name, questions);
    }

    public QuestionSet {
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new QuestionSetException("the questions " + name + " are none at all");
        }
    }
}
