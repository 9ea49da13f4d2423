package org.unweave.eval.saebench;

import java.util.List;

/**
 * Texts by two attributes, for spurious correlation removal: the first rows of each combination, in the data set's order.
 *
 * @param seconds the two values of the spurious attribute, the positive one first
 * @param pairs pairs of values of the main attribute, the positive one first
 */
public record PairedCells(List<String> seconds, List<Pair> pairs, List<Cell> cells) {
    public PairedCells {
        seconds = List.copyOf(seconds);
        pairs = List.copyOf(pairs);
        cells = List.copyOf(cells);
    }

    /** Two values of the main attribute. */
    public record Pair(String first, String second) {}

    /** The texts of one combination. */
    public record Cell(String main, String second, List<String> train, List<String> test) {
        public Cell {
            train = List.copyOf(train);
            test = List.copyOf(test);
        }
    }
}
