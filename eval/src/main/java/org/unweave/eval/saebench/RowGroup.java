package org.unweave.eval.saebench;

import java.util.Arrays;
import org.unweave.eval.random.NumpyRandomState;

/** The numbers of the rows that have one thing in common, in their order. */
final class RowGroup {
    private int[] rows = new int[64];
    private int size;

    void add(int row) {
        if (size == rows.length) {
            rows = Arrays.copyOf(rows, 2 * size);
        }
        rows[size] = row;
        size++;
    }

    int size() {
        return size;
    }

    int[] head(int count) {
        return Arrays.copyOf(rows, Math.min(count, size));
    }

    int get(int index) {
        return rows[index];
    }

    /** As pandas's {@code sample(n=count, random_state=seed)}. */
    int[] sample(int count, long seed) {
        int[] chosen = new NumpyRandomState(seed).choice(size, count);
        Arrays.setAll(chosen, i -> rows[chosen[i]]);
        return chosen;
    }
}
