package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import org.unweave.model.math.Draws;

/**
 * Two lists of texts to be told apart. Where it is one class against the rest, half the rows are positive, in random order, and what is drawn depends on the seed, the set, the
 * class and the purpose alone, so a result does not depend on what was computed before it.
 */
final class BinaryTask {
    private final LinearProbe.Examples train;
    private final LinearProbe.Examples test;

    private BinaryTask(LinearProbe.Examples train, LinearProbe.Examples test) {
        this.train = train;
        this.test = test;
    }

    /** Given rows, as they are. */
    static BinaryTask of(LinearProbe.Examples train, LinearProbe.Examples test) {
        return new BinaryTask(train, test);
    }

    /**
     * @param rows what the task's row numbers index: a row for each text
     * @param purpose another one draws other negatives
     */
    static BinaryTask of(LabelledActivations set, SparseRows rows, int positiveClass, String purpose, long seed) {
        String key = set.classes().get(positiveClass).key();
        Draws draws = new Draws(seed, "probing task", set.name(), key, purpose);
        List<int[]> trainTexts =
                set.classes().stream().map(LabelledActivations.ClassRows::train).toList();
        List<int[]> testTexts =
                set.classes().stream().map(LabelledActivations.ClassRows::test).toList();
        return new BinaryTask(
                draw(rows, trainTexts, positiveClass, draws), draw(rows, testTexts, positiveClass, draws));
    }

    /** The same rows; those to train on have one another's labels. */
    BinaryTask withShuffledLabels(Draws draws) {
        int[] order = draws.permutation(train.count());
        boolean[] positive = new boolean[order.length];
        for (int i = 0; i < order.length; i++) {
            positive[i] = train.positive()[order[i]];
        }
        return new BinaryTask(new LinearProbe.Examples(train.rows(), train.row(), positive), test);
    }

    private static LinearProbe.Examples draw(SparseRows rows, List<int[]> classes, int positiveClass, Draws draws) {
        int[] positives = classes.get(positiveClass);
        int others = classes.size() - 1;
        int share = (positives.length + others - 1) / others; // rounded up: a surplus is cut below
        int[] negatives = new int[0];
        for (int other = 0; other < classes.size(); other++) {
            if (other != positiveClass) {
                negatives = concatenate(negatives, sample(classes.get(other), share, draws));
            }
        }
        draws.shuffle(negatives);
        int half = Math.min(positives.length, negatives.length);
        // Where the others are too few, positives are dropped too: a constant prediction must score one half.
        int[] texts = concatenate(sample(positives, half, draws), Arrays.copyOf(negatives, half));
        int[] order = draws.permutation(texts.length);
        int[] row = new int[texts.length];
        boolean[] positive = new boolean[texts.length];
        for (int i = 0; i < order.length; i++) {
            row[i] = texts[order[i]];
            positive[i] = order[i] < half;
        }
        return new LinearProbe.Examples(rows, row, positive);
    }

    private static int[] sample(int[] texts, int count, Draws draws) {
        int[] shuffled = texts.clone();
        draws.shuffle(shuffled);
        return Arrays.copyOf(shuffled, Math.min(count, shuffled.length));
    }

    static int[] concatenate(int[] a, int[] b) {
        int[] out = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, out, a.length, b.length);
        return out;
    }

    LinearProbe.Examples train() {
        return train;
    }

    LinearProbe.Examples test() {
        return test;
    }

    /**
     * The k columns whose means differ most between the labels, over the training rows; of equal ones the lower. They
     * rise.
     */
    int[] distinctive(int k) {
        SparseRows rows = train.rows();
        double[] difference = new double[rows.columns()];
        for (int i = 0; i < train.count(); i++) {
            rows.addTo(difference, train.row()[i], train.positive()[i] ? 1 : -1);
        }
        // Both labels have the same number of rows, so sums rank as means do.
        int[] best = new int[k];
        int found = 0;
        for (int column = 0; column < difference.length; column++) {
            double score = Math.abs(difference[column]);
            int at = found;
            while (at > 0 && Math.abs(difference[best[at - 1]]) < score) {
                at--;
            }
            if (at < k) {
                int last = Math.min(found, k - 1);
                System.arraycopy(best, at, best, at + 1, last - at);
                best[at] = column;
                found = Math.min(found + 1, k);
            }
        }
        Arrays.sort(best);
        return best;
    }
}
