package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What one feature does on a text: its positive values, and the sequences in which the largest of them are. */
final class FeatureActivity {
    static final int BINS = 40;

    private final int examples;
    private final List<Float> values = new ArrayList<>();
    private final Map<Integer, Map<Integer, Float>> bySequence = new TreeMap<>();

    /** @param examples the most sequences that are given */
    FeatureActivity(int examples) {
        this.examples = examples;
    }

    /**
     * A sequence in which the feature is active.
     *
     * @param values by position, where it is active
     * @param peak the position of the largest, the first of several
     */
    record Example(int sequence, Map<Integer, Float> values, int peak) {
        float largest() {
            return values.getOrDefault(peak, 0f);
        }
    }

    /** The bins of equal width from 0 to the largest value, and how many values are in each. */
    record Histogram(double width, List<Integer> counts) {}

    void add(int sequence, int position, float value) {
        values.add(value);
        bySequence.computeIfAbsent(sequence, one -> new TreeMap<>()).put(position, value);
    }

    int active() {
        return values.size();
    }

    int sequences() {
        return bySequence.size();
    }

    /** 0 where it is never active. */
    float largest() {
        return values.stream().max(Comparator.naturalOrder()).orElse(0f);
    }

    /** Of the positive values; NaN where there is none. */
    double mean() {
        return values.stream().mapToDouble(Float::doubleValue).average().orElse(Double.NaN);
    }

    Histogram histogram() {
        int[] counts = new int[BINS];
        double width = (double) largest() / BINS;
        for (float value : values) {
            counts[(int) Math.clamp((long) Math.floor(value / width), 0, BINS - 1)]++;
        }
        return new Histogram(width, Arrays.stream(counts).boxed().toList());
    }

    /** Those with the largest values, the largest first; of equal ones the earlier sequence. */
    List<Example> examples() {
        return bySequence.entrySet().stream()
                .map(entry -> example(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingDouble((Example one) -> -one.largest())
                        .thenComparingInt(Example::sequence))
                .limit(examples)
                .toList();
    }

    private static Example example(int sequence, Map<Integer, Float> values) {
        int peak = values.entrySet().stream()
                .max(Map.Entry.<Integer, Float>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
        return new Example(sequence, values, peak);
    }
}
