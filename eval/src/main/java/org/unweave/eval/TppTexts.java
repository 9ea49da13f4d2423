package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.Draws;

/** A labelled set as targeted probe perturbation takes it: its texts' activations, and a probe a class. */
final class TppTexts {
    private static final int LEAST = 2;

    private final LabelledActivations set;
    private final List<ClassTask> classes;

    /**
     * A class against the rest.
     *
     * @param probed what its probe was trained on, and the probe
     * @param attribution the texts that latents are chosen on
     * @param test the texts that accuracies are taken on
     */
    record ClassTask(String key, ProbedTask probed, LinearProbe.Examples attribution, LinearProbe.Examples test) {}

    private TppTexts(LabelledActivations set, List<ClassTask> classes) {
        this.set = set;
        this.classes = classes;
    }

    /** Draws the negatives of each class, and trains its probe. */
    static TppTexts of(LabelledActivations set, long seed) {
        List<ClassTask> classes = new ArrayList<>();
        for (int label = 0; label < set.classes().size(); label++) {
            LabelledActivations.ClassRows texts = set.classes().get(label);
            requireTexts(set, texts.key(), "training", texts.train().length);
            requireTexts(set, texts.key(), "test", texts.test().length);
            SparseRows rows = set.pooledModel();
            BinaryTask task = BinaryTask.of(set, rows, label, "tpp probe", seed);
            classes.add(new ClassTask(
                    texts.key(),
                    ProbedTask.train(task, new Draws(seed, "tpp probe", set.name(), texts.key())),
                    BinaryTask.of(set, rows, label, "tpp attribution", seed).train(),
                    BinaryTask.of(set, rows, label, "tpp test", seed).test()));
        }
        return new TppTexts(set, classes);
    }

    /** Tasks and probes that are there already. */
    static TppTexts of(LabelledActivations set, List<ClassTask> classes) {
        return new TppTexts(set, List.copyOf(classes));
    }

    private static void requireTexts(LabelledActivations set, String key, String split, int texts) {
        if (texts < LEAST) {
            throw new EvaluationException(
                    "the class " + key + " of the labelled set " + set.name() + " has " + texts + " "
                            + split + " text; targeted probe perturbation needs " + LEAST
                            + ": take the set out of eval.scr-tpp.tpp-datasets, or give the class texts");
        }
    }

    LabelledActivations set() {
        return set;
    }

    List<ClassTask> classes() {
        return classes;
    }

    /** The test texts of each class. */
    List<int[]> strata() {
        return set.classes().stream().map(LabelledActivations.ClassRows::test).toList();
    }
}
