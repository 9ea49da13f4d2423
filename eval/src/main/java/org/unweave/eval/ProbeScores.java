package org.unweave.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.model.math.Draws;

/** Accuracies of the probes on one pooled representation of one labelled set: by probe, then by class. */
final class ProbeScores {
    /** The full-width probe, its best epoch chosen on the test rows, as SAEBench has it. */
    static final String FULL = "test_accuracy";

    /** The full-width probe, its best epoch chosen on a part of the training rows: a key of our own. */
    static final String VALIDATED = "validated_test_accuracy";

    // One training row in this many chooses the epoch of the validated probe.
    private static final int VALIDATION_SHARE = 5;

    private final Map<String, Map<String, Double>> byProbe = new LinkedHashMap<>();

    private ProbeScores() {}

    static String topK(int k) {
        return "top_" + k + "_test_accuracy";
    }

    static ProbeScores of(LabelledActivations set, SparseRows pooled, List<Integer> kValues, long seed) {
        return of(set, kValues, seed, (positive, purpose) -> BinaryTask.of(set, pooled, positive, purpose, seed));
    }

    /** The control: the labels of the training rows are shuffled, so there is nothing to learn. */
    static ProbeScores ofShuffledLabels(LabelledActivations set, SparseRows pooled, List<Integer> kValues, long seed) {
        return of(set, kValues, seed, (positive, purpose) -> {
            String key = set.classes().get(positive).key();
            return BinaryTask.of(set, pooled, positive, purpose, seed)
                    .withShuffledLabels(new Draws(seed, "shuffled labels", set.name(), key, purpose));
        });
    }

    private interface Tasks {
        BinaryTask of(int positiveClass, String purpose);
    }

    private static ProbeScores of(LabelledActivations set, List<Integer> kValues, long seed, Tasks tasks) {
        ProbeScores scores = new ProbeScores();
        for (int positive = 0; positive < set.classes().size(); positive++) {
            String key = set.classes().get(positive).key();
            BinaryTask full = tasks.of(positive, "full");
            scores.put(FULL, key, fullWidth(set, key, full, seed));
            scores.put(VALIDATED, key, validated(set, key, full, seed));
            for (int k : kValues) {
                scores.put(topK(k), key, sparse(tasks.of(positive, "k" + k), k));
            }
        }
        return scores;
    }

    private static double fullWidth(LabelledActivations set, String key, BinaryTask task, long seed) {
        Draws draws = new Draws(seed, "full probe", set.name(), key);
        return LinearProbe.bestAccuracy(task.train(), task.test(), task.test(), draws, LinearProbe.Settings.FULL_WIDTH);
    }

    private static double validated(LabelledActivations set, String key, BinaryTask task, long seed) {
        Draws draws = new Draws(seed, "validated probe", set.name(), key);
        // The task's rows are in random order already.
        int validation = Math.max(1, task.train().count() / VALIDATION_SHARE);
        LinearProbe.Examples train = task.train().part(validation, task.train().count());
        return LinearProbe.bestAccuracy(
                train, task.train().part(0, validation), task.test(), draws, LinearProbe.Settings.FULL_WIDTH);
    }

    private static double sparse(BinaryTask task, int k) {
        int[] columns = task.distinctive(k);
        SparseRows rows = task.train().rows();
        LogisticProbe probe = LogisticProbe.fit(
                rows.dense(task.train().row(), columns), k, task.train().positive());
        return probe.accuracy(
                rows.dense(task.test().row(), columns), task.test().positive());
    }

    private void put(String probe, String key, double accuracy) {
        byProbe.computeIfAbsent(probe, name -> new LinkedHashMap<>()).put(key, accuracy);
    }

    /** By probe, then by class. */
    Map<String, Map<String, Double>> byProbe() {
        return byProbe;
    }

    /** The mean over the classes. */
    double mean(String probe) {
        Map<String, Double> byClass = byProbe.get(probe);
        if (byClass == null) {
            throw new IllegalArgumentException("no probe " + probe + " among " + byProbe.keySet());
        }
        return byClass.values().stream().mapToDouble(Double::doubleValue).sum() / byClass.size();
    }
}
