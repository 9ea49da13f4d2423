package org.unweave.eval;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Texts with two attributes, by the combinations of their values: what spurious correlation removal is measured on. No
 * text twice.
 *
 * @param name what results call it, as {@code bundle/review-domain-sentiment}
 * @param seconds the two values of the second, spurious, attribute; probes count the first as positive
 * @param pairs the pairs of values of the main attribute that are to be told apart
 * @param cells a cell for each value of the main attribute in a pair and each of the second
 */
public record PairedTexts(String name, List<String> seconds, List<Pair> pairs, List<Cell> cells) {

    public PairedTexts {
        seconds = List.copyOf(seconds);
        pairs = List.copyOf(pairs);
        cells = List.copyOf(cells);
        if (seconds.size() != 2) {
            throw new EvaluationException(
                    name + " has " + seconds.size() + " values of the second attribute; two are needed");
        }
        if (pairs.isEmpty()) {
            throw new EvaluationException(name + " has no pair of values of the main attribute");
        }
        Set<String> keys = new HashSet<>();
        for (Cell cell : cells) {
            if (!keys.add(cell.key())) {
                throw new EvaluationException(name + " has two cells " + cell.key());
            }
        }
        for (Pair pair : pairs) {
            for (String main : List.of(pair.first(), pair.second())) {
                for (String second : seconds) {
                    if (!keys.contains(key(main, second))) {
                        throw new EvaluationException(name + " has no cell " + key(main, second) + ", which the pair "
                                + pair.first() + " and " + pair.second() + " needs");
                    }
                }
            }
        }
    }

    /** Two values of the main attribute; probes count the first as positive. */
    public record Pair(String first, String second) {
        public Pair {
            if (first.equals(second)) {
                throw new EvaluationException(first + " is paired with itself");
            }
        }
    }

    /** The texts of one combination. */
    public record Cell(String main, String second, List<String> train, List<String> test) {
        public Cell {
            train = List.copyOf(train);
            test = List.copyOf(test);
        }

        String key() {
            return PairedTexts.key(main, second);
        }
    }

    static String key(String main, String second) {
        return main + "/" + second;
    }

    /** The cells as classes, each cut to as many texts as {@code trainTexts} and {@code testTexts} say a quadrant has. */
    ProbingTexts cells(int trainTexts, int testTexts) {
        return new ProbingTexts(
                name,
                cells.stream()
                        .map(cell -> new ProbingTexts.ClassTexts(
                                cell.key(),
                                head(cell.train(), wanted(cell, trainTexts)),
                                head(cell.test(), wanted(cell, testTexts))))
                        .toList());
    }

    /** Less the test texts that are among these. */
    public PairedTexts withoutTests(Set<String> trained) {
        return new PairedTexts(
                name,
                seconds,
                pairs,
                cells.stream()
                        .map(cell -> new Cell(
                                cell.main(),
                                cell.second(),
                                cell.train(),
                                cell.test().stream()
                                        .filter(text -> !trained.contains(text))
                                        .toList()))
                        .toList());
    }

    /** The cells as classes, whole. */
    ProbingTexts wholeCells() {
        return new ProbingTexts(
                name,
                cells.stream()
                        .map(cell -> new ProbingTexts.ClassTexts(cell.key(), cell.train(), cell.test()))
                        .toList());
    }

    /**
     * Texts that a cell is asked for: those of a biased probe give two quadrants' worth, the others one. A few more may
     * take the place of texts that turn out to have no usable token.
     */
    private int wanted(Cell cell, int quadrant) {
        boolean biased = pairs.stream()
                .anyMatch(pair -> cell.key().equals(key(pair.first(), seconds.getFirst()))
                        || cell.key().equals(key(pair.second(), seconds.getLast())));
        return most(biased ? 2 * quadrant : quadrant);
    }

    /** So many texts are asked for where {@code needed} are to be left. */
    static int most(int needed) {
        return needed + 1 + needed / 100;
    }

    /** The first texts, at most so many. */
    static List<String> head(List<String> texts, int most) {
        return texts.subList(0, Math.min(most, texts.size()));
    }
}
