package org.unweave.eval;

import java.util.Arrays;
import org.unweave.model.lm.TokenForest;

/**
 * A question as the model sees it: a beginning, and continuations of which each stands for one of the options. The
 * likeliest continuation is the model's answer.
 */
final class Prompt {
    private final int[] beginning;
    private final int[][] continuations;
    private final int[] option;

    /**
     * @param beginning BOS and what follows it
     * @param option for each continuation the option that it stands for
     */
    Prompt(int[] beginning, int[][] continuations, int[] option) {
        for (int[] continuation : continuations) {
            if (continuation.length == 0) {
                throw new EvaluationException("an option of a question has no token");
            }
        }
        this.beginning = beginning;
        this.continuations = continuations;
        this.option = option;
    }

    int continuations() {
        return continuations.length;
    }

    /** Tokens of the beginning. */
    int length() {
        return beginning.length;
    }

    /** Tokens of a continuation that predict another of its own: all but the last. */
    int inner(int continuation) {
        return continuations[continuation].length - 1;
    }

    /** Rows of the residual stream that decide the answer: the beginning's, then each continuation's inner ones. */
    int rows() {
        int rows = beginning.length;
        for (int c = 0; c < continuations.length; c++) {
            rows += inner(c);
        }
        return rows;
    }

    /** Puts those rows into a forest, in that order, and asks them for each continuation. */
    void addTo(TokenForest.Builder forest, Questionnaire questions) {
        int first = forest.rows();
        int root = forest.add(beginning);
        questions.begin(continuations.length);
        for (int c = 0; c < continuations.length; c++) {
            questions.ask(c, first + beginning.length - 1, continuations[c][0]);
        }
        for (int c = 0; c < continuations.length; c++) {
            addContinuation(c, forest, root, questions);
        }
    }

    /** Puts the beginning's rows from {@code from} on behind those before them; gives the segment's number. */
    int addBranch(int from, TokenForest.Builder forest, int root) {
        return forest.add(Arrays.copyOfRange(beginning, from, beginning.length), root, from);
    }

    int addBeginning(TokenForest.Builder forest) {
        return forest.add(beginning);
    }

    /** Asks for a continuation's first token. */
    void askFirst(int continuation, int row, Questionnaire questions) {
        questions.ask(continuation, row, continuations[continuation][0]);
    }

    /**
     * Puts a continuation's inner rows behind a segment and asks them for the tokens after its first.
     *
     * @param after the segment with the end of the beginning
     */
    void addContinuation(int continuation, TokenForest.Builder forest, int after, Questionnaire questions) {
        int inner = inner(continuation);
        if (inner == 0) {
            return;
        }
        int[] tokens = continuations[continuation];
        int first = forest.rows();
        forest.add(Arrays.copyOf(tokens, inner), after, forest.length(after));
        for (int t = 0; t < inner; t++) {
            questions.ask(continuation, first + t, tokens[t + 1]);
        }
    }

    /** The option with the likeliest continuation, the first of equals. */
    int choice(float[] logProbabilities) {
        int best = 0;
        for (int c = 1; c < continuations.length; c++) {
            if (logProbabilities[c] > logProbabilities[best]) {
                best = c;
            }
        }
        return option[best];
    }

    /** All tokens, for a checksum. */
    void describe(StringBuilder text) {
        text.append(Arrays.toString(beginning))
                .append(Arrays.deepToString(continuations))
                .append(Arrays.toString(option))
                .append('\n');
    }
}
