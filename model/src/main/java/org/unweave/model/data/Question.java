package org.unweave.model.data;

import java.util.List;

/**
 * A question with options of which one is right.
 *
 * @param options different texts, in the order in which they are shown
 * @param answer the index of the right one
 */
public record Question(String text, List<String> options, int answer) {
    /** How many options every question has. */
    public static final int OPTIONS = 4;

    public Question {
        options = List.copyOf(options);
        if (options.size() != OPTIONS) {
            throw new IllegalArgumentException(options.size() + " options, not " + OPTIONS + ": " + text);
        }
        if (answer < 0 || answer >= OPTIONS) {
            throw new IllegalArgumentException("answer " + answer + " of " + OPTIONS + " options: " + text);
        }
    }

    /** The text of the right option. */
    public String right() {
        return options.get(answer);
    }
}
