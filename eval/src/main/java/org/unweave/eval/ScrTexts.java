package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unweave.config.EvalConfig.ScrTppConfig;
import org.unweave.model.math.Draws;

/** A set of two attributes as spurious correlation removal takes it: its texts' activations, and three probes a pair. */
final class ScrTexts {
    private final PairedTexts texts;
    private final LabelledActivations set;
    private final List<Pair> pairs;
    private final List<int[]> strata;

    /**
     * The probes of a pair of main values.
     *
     * @param main tells the main values apart, whatever the second is
     * @param second tells the second values apart, whatever the main one is
     * @param biased knows only texts in which the second value goes with the main one
     */
    record Pair(String first, String second, ProbedTask main, ProbedTask secondary, ProbedTask biased) {
        /** What results call it, behind the set's name. */
        String name() {
            return first + "_" + second;
        }
    }

    private ScrTexts(PairedTexts texts, LabelledActivations set, List<Pair> pairs, List<int[]> strata) {
        this.texts = texts;
        this.set = set;
        this.pairs = pairs;
        this.strata = strata;
    }

    /** Trains the probes. Fails where a cell has too few texts for the sizes. */
    static ScrTexts of(PairedTexts texts, LabelledActivations set, ScrTppConfig sizes, long seed) {
        List<Pair> pairs = new ArrayList<>();
        for (PairedTexts.Pair pair : texts.pairs()) {
            Quadrants train = new Quadrants(texts, set, pair, sizes.scrTrainTexts(), true);
            Quadrants test = new Quadrants(texts, set, pair, sizes.scrTestTexts(), false);
            pairs.add(new Pair(
                    pair.first(),
                    pair.second(),
                    probed(set, pair, "main", train.main(), test.main(), seed),
                    probed(set, pair, "second", train.second(), test.second(), seed),
                    probed(set, pair, "biased", train.biased(), test.biased(), seed)));
        }
        List<int[]> strata = set.classes().stream()
                .map(cell -> Arrays.copyOf(cell.test(), Math.min(cell.test().length, sizes.scrTestTexts())))
                .toList();
        return new ScrTexts(texts, set, pairs, strata);
    }

    private static ProbedTask probed(
            LabelledActivations set,
            PairedTexts.Pair pair,
            String probe,
            LinearProbe.Examples train,
            LinearProbe.Examples test,
            long seed) {
        Draws draws = new Draws(seed, "scr probe", set.name(), pair.first(), pair.second(), probe);
        return ProbedTask.train(BinaryTask.of(train, test), draws);
    }

    /** The texts of a pair, by the four combinations of its values, so many of each. */
    private static final class Quadrants {
        private final PairedTexts texts;
        private final LabelledActivations set;
        private final PairedTexts.Pair pair;
        private final int count;
        private final boolean training;

        Quadrants(PairedTexts texts, LabelledActivations set, PairedTexts.Pair pair, int count, boolean training) {
            this.texts = texts;
            this.set = set;
            this.pair = pair;
            this.count = count;
            this.training = training;
        }

        LinearProbe.Examples main() {
            return examples(
                    BinaryTask.concatenate(cell(pair.first(), 0, count), cell(pair.first(), 1, count)),
                    BinaryTask.concatenate(cell(pair.second(), 0, count), cell(pair.second(), 1, count)));
        }

        LinearProbe.Examples second() {
            return examples(
                    BinaryTask.concatenate(cell(pair.first(), 0, count), cell(pair.second(), 0, count)),
                    BinaryTask.concatenate(cell(pair.first(), 1, count), cell(pair.second(), 1, count)));
        }

        LinearProbe.Examples biased() {
            return examples(cell(pair.first(), 0, 2 * count), cell(pair.second(), 1, 2 * count));
        }

        private int[] cell(String main, int second, int wanted) {
            String key = PairedTexts.key(main, texts.seconds().get(second));
            LabelledActivations.ClassRows rows = set.classes().stream()
                    .filter(one -> one.key().equals(key))
                    .findFirst()
                    .orElseThrow();
            int[] found = training ? rows.train() : rows.test();
            if (found.length < wanted) {
                String size = training ? "scr-train-texts" : "scr-test-texts";
                throw new EvaluationException("the cell " + key + " of " + texts.name() + " has " + found.length
                        + (training ? " training" : " test") + " texts with a usable token, but the pair "
                        + pair.first()
                        + " and " + pair.second() + " needs " + wanted + "; lower eval.scr-tpp." + size + " to at most "
                        + found.length * count / wanted + ", or give the cell more texts");
            }
            return Arrays.copyOf(found, wanted);
        }

        private LinearProbe.Examples examples(int[] positives, int[] negatives) {
            boolean[] positive = new boolean[positives.length + negatives.length];
            Arrays.fill(positive, 0, positives.length, true);
            return new LinearProbe.Examples(set.pooledModel(), BinaryTask.concatenate(positives, negatives), positive);
        }
    }

    PairedTexts texts() {
        return texts;
    }

    LabelledActivations set() {
        return set;
    }

    List<Pair> pairs() {
        return pairs;
    }

    /** The test texts of each cell that scores are taken on. */
    List<int[]> strata() {
        return strata;
    }
}
