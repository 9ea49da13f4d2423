package org.unweave.model.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Texts with two attributes each, every combination of whose values is a cell, no text twice.
 *
 * @param name how reports call it: {@code bundle/review-domain-sentiment} for a set of the bundle
 * @param mains the values of the main attribute
 * @param seconds the values of the second attribute
 * @param cells the texts by cell: the classes are the cells, those of the first main value first
 */
public record TwoAttributeSet(String name, List<String> mains, List<String> seconds, LabelledSet cells) {
    // The shares of a cell's texts: the first is to train SAEs with, the second to fit probes and to look at while
    // training, the rest to be scored on and for nothing else.
    private static final double TRAIN_SHARE = 0.6;
    private static final double DEV_SHARE = 0.2;

    public TwoAttributeSet {
        mains = List.copyOf(mains);
        seconds = List.copyOf(seconds);
        if (!cells.classes().equals(cellNames(mains, seconds))) {
            throw new IllegalArgumentException(
                    name + " has the cells " + cells.classes() + ", not " + cellNames(mains, seconds));
        }
    }

    /** The names of the cells, as {@code Yelp/negative}, in their order. */
    static List<String> cellNames(List<String> mains, List<String> seconds) {
        return mains.stream()
                .flatMap(main -> seconds.stream().map(second -> main + "/" + second))
                .toList();
    }

    /** A cell's texts, each part in random order. */
    public record Split(List<String> train, List<String> dev, List<String> test) {
        public Split {
            train = List.copyOf(train);
            dev = List.copyOf(dev);
            test = List.copyOf(test);
        }

        /** What a probe may be fitted on: train, then dev. */
        public List<String> trainAndDev() {
            List<String> both = new ArrayList<>(train);
            both.addAll(dev);
            return both;
        }
    }

    /**
     * The parts of a cell: 60, 20 and 20 in a hundred of its texts. Whoever asks with the same seed gets the same parts,
     * so that what trains and what judges agree on them.
     *
     * @param seed the set's name goes into it
     * @param main an index of {@link #mains}
     * @param second an index of {@link #seconds}
     * @throws LabelledSetException if the cell has too few texts for three parts
     */
    public Split split(long seed, int main, int second) {
        return split(seed, seed, main, second);
    }

    /** The same parts as with {@code seed}, each in the order of another. */
    public Split split(long seed, long orderSeed, int main, int second) {
        Split split = divided(seed, main, second);
        return orderSeed == seed
                ? split
                : new Split(
                        Shuffle.shuffled(split.train(), orderSeed),
                        Shuffle.shuffled(split.dev(), orderSeed),
                        Shuffle.shuffled(split.test(), orderSeed));
    }

    private Split divided(long seed, int main, int second) {
        int cell = main * seconds.size() + second;
        List<String> texts = cells.texts().stream()
                .filter(text -> text.label() == cell)
                .map(LabelledText::text)
                .toList();
        int train = (int) Math.round(texts.size() * TRAIN_SHARE);
        int dev = (int) Math.round(texts.size() * (TRAIN_SHARE + DEV_SHARE));
        if (train < 1 || dev <= train || dev >= texts.size()) {
            throw new LabelledSetException(
                    "labelled set " + name + ": " + cells.classes().get(cell) + " has " + texts.size()
                            + " texts, too few for a training, a development and a test part");
        }
        List<String> shuffled = Shuffle.shuffled(texts, Mixer.mix(Mixer.mix(seed, Shuffle.key(name)), cell));
        return new Split(
                shuffled.subList(0, train), shuffled.subList(train, dev), shuffled.subList(dev, shuffled.size()));
    }
}
