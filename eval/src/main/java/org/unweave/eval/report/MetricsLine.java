package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of a job's {@code metrics.jsonl}. A number that the line lacks is NaN.
 *
 * @param rows activation rows seen until this line
 * @param termGradientShare each loss term's share of the gradient's norm
 * @param curves what else the variant measures, by name
 */
public record MetricsLine(
        Split split,
        long step,
        long rows,
        double wallSeconds,
        double loss,
        Map<String, Double> terms,
        Map<String, Double> termGradientShare,
        Map<String, Double> curves,
        double l0,
        double varianceExplained,
        double deadShare,
        double learningRate,
        double rowsPerSecond) {

    /** Which rows a line was measured on. */
    public enum Split {
        TRAIN,
        HELD_OUT
    }

    public MetricsLine {
        terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
        termGradientShare = Collections.unmodifiableMap(new LinkedHashMap<>(termGradientShare));
        curves = Collections.unmodifiableMap(new LinkedHashMap<>(curves));
    }

    static MetricsLine of(JsonNode node) {
        return new MetricsLine(
                JsonFields.text(node, "split").equals("held-out") ? Split.HELD_OUT : Split.TRAIN,
                JsonFields.whole(node, "step", 0),
                JsonFields.whole(node, "rows", 0),
                JsonFields.number(node, "wall_s"),
                JsonFields.number(node, "loss"),
                JsonFields.numbers(node, "terms"),
                JsonFields.numbers(node, "term_gradient_share"),
                JsonFields.numbers(node, "curves"),
                JsonFields.number(node, "l0"),
                JsonFields.number(node, "variance_explained"),
                JsonFields.number(node, "dead_share"),
                JsonFields.number(node, "lr"),
                JsonFields.number(node, "rows_per_second"));
    }
}
