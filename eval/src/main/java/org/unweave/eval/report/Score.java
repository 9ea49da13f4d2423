package org.unweave.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A family of scores that an evaluation gives, one for each number of latents.
 *
 * @param title as a plot is headed
 * @param unit what is counted on the axis of {@code sizes}
 * @param headline the size that stands for all
 */
record Score(
        String title,
        String evaluation,
        String group,
        IntFunction<String> key,
        List<Integer> sizes,
        int headline,
        String unit,
        String axis) {

    private static final List<Integer> ABLATED = List.of(2, 5, 10, 20, 50, 100, 500);

    static final Score SPARSE_PROBING = new Score(
            "Sparse probing",
            Evaluation.SPARSE_PROBING,
            "sae",
            k -> "sae_top_" + k + "_test_accuracy",
            List.of(1, 2, 5, 10, 20, 50, 100),
            5,
            "k: latents that a probe sees",
            "test accuracy, mean over the datasets");
    static final Score SCR = new Score(
            "Spurious correlation removal",
            "scr",
            "scr_metrics",
            n -> "scr_metric_threshold_" + n,
            ABLATED,
            20,
            "n: latents ablated",
            "SCR score");
    static final Score TPP = new Score(
            "Targeted probe perturbation",
            "tpp",
            "tpp_metrics",
            n -> "tpp_threshold_" + n + "_total_metric",
            ABLATED,
            20,
            "n: latents ablated",
            "TPP score");
    static final Score UNLEARNING = new Score(
            "Unlearning",
            "unlearning",
            "unlearning",
            n -> "unlearning_score",
            List.of(0),
            0,
            "",
            "1 - least forget accuracy within the gate");

    /** Its value in a result; NaN where it has none. */
    double of(Evaluation result, int size) {
        return result.metric(group, key.apply(size));
    }

    /** Least, mean and greatest over the seeds of one SAE; NaN where there is none. */
    record Spread(double least, double mean, double most) {
        static Spread of(List<Double> values) {
            List<Double> finite = new ArrayList<>(values);
            finite.removeIf(value -> !Double.isFinite(value));
            if (finite.isEmpty()) {
                return new Spread(Double.NaN, Double.NaN, Double.NaN);
            }
            double sum = 0;
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            for (double value : finite) {
                sum += value;
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
            return new Spread(least, sum / finite.size(), most);
        }

        boolean known() {
            return Double.isFinite(mean);
        }
    }

    /** Over all results of a variant: those of its training seeds, and those of its evaluation seeds. */
    Spread over(List<Evaluation> results, int size) {
        return Spread.of(results.stream().map(result -> of(result, size)).toList());
    }
}
