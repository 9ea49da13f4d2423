package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unweave.model.lm.NextTokenLoss;
import org.unweave.model.math.Mat;

/** Which tokens are asked of which rows of a forest, so that the continuations of many prompts are scored at once. */
final class Questionnaire {
    private final List<float[]> answers = new ArrayList<>();
    private int[] answer = new int[64];
    private int[] continuation = new int[64];
    private int[] row = new int[64];
    private int[] token = new int[64];
    private int count;

    /** Begins an answer in which every continuation that is asked for has the sum of its tokens' log-probabilities. */
    void begin(int continuations) {
        answers.add(new float[continuations]);
    }

    /** Begins an answer in which continuations that are not asked for have what is given. */
    void begin(float[] otherwise) {
        answers.add(otherwise.clone());
    }

    /** Sets a continuation's sum back to 0. */
    void clear(int ofContinuation) {
        answers.getLast()[ofContinuation] = 0;
    }

    void ask(int ofContinuation, int ofRow, int forToken) {
        if (count == row.length) {
            answer = Arrays.copyOf(answer, 2 * count);
            continuation = Arrays.copyOf(continuation, 2 * count);
            row = Arrays.copyOf(row, 2 * count);
            token = Arrays.copyOf(token, 2 * count);
        }
        answer[count] = answers.size() - 1;
        continuation[count] = ofContinuation;
        row[count] = ofRow;
        token[count] = forToken;
        count++;
    }

    /** The log-probability of every continuation of every answer, in the order in which they were begun. */
    List<float[]> read(NextTokenLoss loss, Mat finalResidualRD) {
        float[] values = loss.logProbabilities(finalResidualRD, Arrays.copyOf(row, count), Arrays.copyOf(token, count));
        for (int i = 0; i < count; i++) {
            answers.get(answer[i])[continuation[i]] += values[i];
        }
        return answers;
    }
}
