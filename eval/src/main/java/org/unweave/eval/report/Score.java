package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.unweave.config.EvalConfig.ScrTppConfig;
import org.unweave.config.EvalConfig.SparseProbingConfig;

/**
 * A family of scores that an evaluation gives, one for each number of latents.
 *
 * @param title as a plot is headed
 * @param sizes the numbers of latents
 * @param headline the size that stands for all
 * @param axis what the headline is
 * @param curve what is drawn for an SAE beside the headline
 */
record Score(
        String title,
        String evaluation,
        String group,
        IntFunction<String> key,
        List<Integer> sizes,
        int headline,
        String axis,
        Curve curve) {

    /**
     * A curve through several numbers of a result.
     *
     * @param xAxis what is along x
     * @param yAxis what is along y
     * @param logarithmic whether x is the logarithm to the base of 10
     */
    record Curve(String xAxis, String yAxis, boolean logarithmic) {}

    /**
     * @param spread from y to the greatest over the seeds
     */
    record Point(double x, double y, double spread) {}

    static final Score SPARSE_PROBING = new Score(
            "Sparse probing",
            Evaluation.SPARSE_PROBING,
            "sae",
            k -> "sae_top_" + k + "_test_accuracy",
            SparseProbingConfig.PROTOCOL_K,
            5,
            "test accuracy, mean over the datasets",
            new Curve("k: latents that a probe sees", "test accuracy, mean over the datasets", true));
    static final Score SCR = new Score(
            "Spurious correlation removal",
            "scr",
            "scr_metrics",
            n -> "scr_metric_threshold_" + n,
            ScrTppConfig.PROTOCOL_N,
            20,
            "SCR score",
            new Curve("n: latents ablated", "SCR score", true));
    static final Score TPP = new Score(
            "Targeted probe perturbation",
            "tpp",
            "tpp_metrics",
            n -> "tpp_threshold_" + n + "_total_metric",
            ScrTppConfig.PROTOCOL_N,
            20,
            "TPP score",
            new Curve("n: latents ablated", "TPP score", true));
    static final Score UNLEARNING = new Score(
            "Unlearning",
            "unlearning",
            "unlearning",
            n -> "unlearning_score",
            List.of(0),
            0,
            "unlearning score",
            new Curve("share of the retained questions still right", "share forgotten, at most", false));

    /** Its value in a result; NaN where it has none. */
    double of(Evaluation result, int size) {
        return result.metric(group, key.apply(size));
    }

    /** The points of an SAE's curve, x rising. */
    List<Point> points(List<Evaluation> results) {
        List<Point> points = new ArrayList<>();
        if (curve.logarithmic()) {
            for (int size : sizes) {
                Spread spread = over(results, size);
                if (spread.known()) {
                    points.add(new Point(Math.log10(size), spread.mean(), spread.most() - spread.mean()));
                }
            }
            return points;
        }
        return frontier(results.getFirst());
    }

    /** The most that any configuration forgets while it retains at least so much. */
    private static List<Point> frontier(Evaluation result) {
        TreeMap<Double, Double> forgotten = new TreeMap<>();
        for (JsonNode subject : result.document().path("eval_result_unstructured")) {
            for (JsonNode one : subject.path("configurations")) {
                double asked = one.path("forget_asked").asDouble();
                double retained = one.path("retain_asked").asDouble();
                if (one.path("complete").asBoolean() && asked > 0 && retained > 0) {
                    forgotten.merge(
                            one.path("retain_right").asDouble() / retained,
                            1 - one.path("forget_right").asDouble() / asked,
                            Math::max);
                }
            }
            break; // Of several subjects the first.
        }
        List<Point> points = new ArrayList<>();
        double most = 0;
        for (Map.Entry<Double, Double> one : forgotten.descendingMap().entrySet()) {
            most = Math.max(most, one.getValue());
            points.addFirst(new Point(one.getKey(), most, 0));
        }
        return points;
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
