package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.eval.random.PythonRandom;

/** A class's rows, shuffled by CPython's {@code random}: the first are for training, the next for testing. */
final class PythonSplit {
    private final int[] train;
    private final int[] test;

    /** @param rows at least as many as the two sizes together */
    PythonSplit(RowGroup rows, int trainTexts, int testTexts, PythonRandom random) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
        random.shuffle(order);
        this.train = numbers(rows, order.subList(0, trainTexts));
        this.test = numbers(rows, order.subList(trainTexts, trainTexts + testTexts));
    }

    private static int[] numbers(RowGroup rows, List<Integer> places) {
        return places.stream().mapToInt(rows::get).toArray();
    }

    int[] train() {
        return train;
    }

    int[] test() {
        return test;
    }
}
