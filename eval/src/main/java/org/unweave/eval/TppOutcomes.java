package org.unweave.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A set's targeted probe perturbation: how much the ablation of a class's latents takes from the class's own probe, less
 * what it takes from the others' on average.
 */
final class TppOutcomes implements Outcomes {
    private final List<TppTexts.ClassTask> classes;
    private final List<Integer> nValues;
    private final boolean[][] clean;
    private final List<boolean[][][]> ablated = new ArrayList<>();

    /**
     * @param ranked for each class its latents, the first to be ablated first
     * @param readers each class's probe
     */
    TppOutcomes(
            TppTexts texts,
            Ablation ablation,
            List<Integer> nValues,
            List<int[]> ranked,
            List<Ablation.Reader> readers,
            Ablation.Padding padding) {
        this.classes = texts.classes();
        this.nValues = List.copyOf(nValues);
        this.clean = new boolean[classes.size()][];
        for (int c = 0; c < classes.size(); c++) {
            clean[c] = ablation.right(
                            new int[0],
                            List.of(1),
                            readers.get(c),
                            classes.get(c).test(),
                            padding)[0];
            boolean[][][] byProbe = new boolean[classes.size()][][];
            for (int probe = 0; probe < classes.size(); probe++) {
                byProbe[probe] = ablation.right(
                        ranked.get(c),
                        nValues,
                        readers.get(probe),
                        classes.get(probe).test(),
                        padding);
            }
            ablated.add(byProbe);
        }
    }

    @Override
    public Map<String, Double> scores(int[] weight) {
        Map<String, Double> sums = new LinkedHashMap<>();
        byClass(weight).values().forEach(scores -> scores.forEach((key, value) -> sums.merge(key, value, Double::sum)));
        sums.replaceAll((key, sum) -> sum / classes.size());
        return sums;
    }

    /** The scores of each class. */
    Map<String, Map<String, Double>> byClass(int[] weight) {
        Map<String, Map<String, Double>> byClass = new LinkedHashMap<>();
        for (int c = 0; c < classes.size(); c++) {
            Map<String, Double> scores = new LinkedHashMap<>();
            for (int n = 0; n < nValues.size(); n++) {
                double intended = lost(c, c, n, weight);
                double unintended = 0;
                for (int other = 0; other < classes.size(); other++) {
                    unintended += other == c ? 0 : lost(c, other, n, weight) / (classes.size() - 1);
                }
                String key = "tpp_threshold_" + nValues.get(n);
                scores.put(key + "_total_metric", intended - unintended);
                scores.put(key + "_intended_diff_only", intended);
                scores.put(key + "_unintended_diff_only", unintended);
            }
            byClass.put(classes.get(c).key(), scores);
        }
        return byClass;
    }

    /** What a probe's accuracy loses when a class's latents are ablated. */
    private double lost(int ofClass, int probe, int n, int[] weight) {
        LinearProbe.Examples texts = classes.get(probe).test();
        return Outcomes.accuracy(clean[probe], texts, weight)
                - Outcomes.accuracy(ablated.get(ofClass)[probe][n], texts, weight);
    }

    /** The accuracy of each class's probe without any ablation. */
    Map<String, Double> clean() {
        Map<String, Double> accuracies = new LinkedHashMap<>();
        for (int c = 0; c < classes.size(); c++) {
            LinearProbe.Examples texts = classes.get(c).test();
            accuracies.put(
                    classes.get(c).key(),
                    Outcomes.accuracy(
                            clean[c], texts, Outcomes.once(texts.rows().rows())));
        }
        return accuracies;
    }
}
