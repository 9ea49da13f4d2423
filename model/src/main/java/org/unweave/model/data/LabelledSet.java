package org.unweave.model.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Texts with one class each, no text twice.
 *
 * @param name how reports call it: {@code bundle/ag-news} for a set of the bundle
 */
public record LabelledSet(String name, List<String> classes, List<LabelledText> texts) {
    // Of a class's texts, this share is for training and the rest for testing.
    private static final double TRAIN_SHARE = 0.8;

    public LabelledSet {
        classes = List.copyOf(classes);
        texts = List.copyOf(texts);
        if (classes.size() < 2) {
            throw new LabelledSetException(
                    "labelled set " + name + " has " + classes.size() + " classes; two are needed");
        }
        for (int label = 0; label < classes.size(); label++) {
            requireTexts(name, classes.get(label), count(texts, label), 1, "no text");
        }
    }

    /** Texts for probes to train on, and texts to test them on. Both are in a random order. */
    public record Split(List<LabelledText> train, List<LabelledText> test) {
        public Split {
            train = List.copyOf(train);
            test = List.copyOf(test);
        }
    }

    /** Texts of a class. */
    public int count(int label) {
        return count(texts, label);
    }

    /**
     * Draws texts: of each class four fifths can be trained on and one fifth tested on, and what is drawn is at most as
     * many as asked for. A class takes what it has.
     *
     * @param seed decides which texts are on which side and which are drawn; the set's name goes into it
     */
    public Split split(long seed, int trainPerClass, int testPerClass) {
        return split(seed, Set.of(), trainPerClass, testPerClass);
    }

    /**
     * The same, where some texts are not to be tested on.
     *
     * @param notTested left out where they would be
     */
    public Split split(long seed, Set<String> notTested, int trainPerClass, int testPerClass) {
        if (trainPerClass < 1 || testPerClass < 1) {
            throw new IllegalArgumentException(
                    "labelled set " + name + ": " + trainPerClass + " + " + testPerClass + " texts of a class");
        }
        long setSeed = Mixer.mix(seed, Shuffle.key(name));
        List<LabelledText> train = new ArrayList<>();
        List<LabelledText> test = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            List<LabelledText> shuffled = Shuffle.shuffled(ofClass(label), Mixer.mix(setSeed, label));
            requireTexts(name, classes.get(label), shuffled.size(), 2, "too few texts to train and test on");
            int cut = (int) Math.clamp(Math.round(shuffled.size() * TRAIN_SHARE), 1, shuffled.size() - 1);
            train.addAll(shuffled.subList(0, Math.min(trainPerClass, cut)));
            List<LabelledText> tested = shuffled.subList(cut, shuffled.size()).stream()
                    .filter(text -> !notTested.contains(text.text()))
                    .limit(testPerClass)
                    .toList();
            requireTexts(name, classes.get(label), tested.size(), 1, "no text to test on that is not trained on");
            test.addAll(tested);
        }
        return new Split(
                Shuffle.shuffled(train, Mixer.mix(setSeed, -1)), Shuffle.shuffled(test, Mixer.mix(setSeed, -2)));
    }

    private List<LabelledText> ofClass(int label) {
        return texts.stream().filter(text -> text.label() == label).toList();
    }

    private static int count(List<LabelledText> texts, int label) {
        return (int) texts.stream().filter(text -> text.label() == label).count();
    }

    private static void requireTexts(String name, String label, int count, int least, String problem) {
        if (count < least) {
            throw new LabelledSetException(
                    "labelled set " + name + ": class " + label + " has " + problem + " (" + count + ")");
        }
    }
}
