package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Quantile;

/** The scores of an SAE's ablations, part by part and over all parts, and what chance and the texts would make of them. */
final class AblationScores {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final double INTERVAL = 0.95;

    private final String evaluation;
    private final List<String> keys;
    private final List<Part> parts;
    private final int intervalDraws;
    private final long seed;

    /**
     * What is scored by itself: a set, or a pair of a set.
     *
     * @param name as in the details, without the ending
     * @param set its name; parts of a set share the samples of its texts
     * @param texts of the set
     * @param strata the test texts, in the groups that samples are drawn from
     * @param withoutPadding as {@code scores}, but padding is left alone
     * @param random with latents drawn at random, one for each draw
     * @param own numbers of our own for the details
     */
    record Part(
            String name,
            String set,
            int texts,
            List<int[]> strata,
            Outcomes scores,
            Outcomes withoutPadding,
            List<Outcomes> random,
            Map<String, Double> own) {}

    /**
     * @param keys of the schema, in its order
     */
    AblationScores(String evaluation, List<String> keys, List<Part> parts, int intervalDraws, long seed) {
        this.evaluation = evaluation;
        this.keys = keys;
        this.parts = parts;
        this.intervalDraws = intervalDraws;
        this.seed = seed;
    }

    /** The groups of metrics: SAEBench's, and those of our own. What was computed goes into the headline too. */
    ObjectNode metrics(Map<String, Double> headline) {
        ObjectNode metrics = NODES.objectNode();
        Map<String, Double> scores = means(all(Part::scores));
        metrics.set(evaluation + "_metrics", withNulls(scores));
        headline.putAll(scores);
        put(metrics, "without_padding", means(all(Part::withoutPadding)), headline);
        put(metrics, "random_latents", random(), headline);
        put(metrics, "interval", interval(), headline);
        return metrics;
    }

    private void put(ObjectNode metrics, String group, Map<String, Double> scores, Map<String, Double> headline) {
        ObjectNode node = metrics.putObject(evaluation + "_" + group);
        scores.forEach((key, value) -> {
            node.put(key, value);
            headline.put(group + "/" + key, value);
        });
    }

    private List<Map<String, Double>> all(Function<Part, Outcomes> of) {
        return parts.stream()
                .map(part -> of.apply(part).scores(Outcomes.once(part.texts())))
                .toList();
    }

    private ObjectNode withNulls(Map<String, Double> scores) {
        ObjectNode node = NODES.objectNode();
        for (String key : keys) {
            Double score = scores.get(key);
            if (score == null) {
                node.putNull(key);
            } else {
                node.put(key, score);
            }
        }
        return node;
    }

    /** Over the parts that have a key. */
    private Map<String, Double> means(List<Map<String, Double>> ofParts) {
        Map<String, Double> means = new LinkedHashMap<>();
        for (String key : keys) {
            List<Double> values = values(ofParts, key).boxed().toList();
            if (!values.isEmpty()) {
                means.put(key, mean(values));
            }
        }
        return means;
    }

    private Map<String, Double> random() {
        int draws = parts.stream().mapToInt(part -> part.random().size()).min().orElse(0);
        List<Map<String, Double>> byDraw = new ArrayList<>();
        for (int draw = 0; draw < draws; draw++) {
            int drawn = draw;
            byDraw.add(means(all(part -> part.random().get(drawn))));
        }
        Map<String, Double> random = new LinkedHashMap<>();
        sorted(byDraw).forEach((key, values) -> {
            random.put(key + "_mean", mean(values));
            random.put(key + "_percentile_95", Quantile.of(values, 0.95));
        });
        return random;
    }

    private Map<String, Double> interval() {
        List<Map<String, Double>> bySample = new ArrayList<>();
        for (int sample = 0; sample < intervalDraws; sample++) {
            int drawn = sample;
            bySample.add(means(parts.stream()
                    .map(part -> part.scores()
                            .scores(Outcomes.sample(
                                    part.texts(),
                                    part.strata(),
                                    new Draws(seed, evaluation + " interval", part.set(), drawn))))
                    .toList()));
        }
        Map<String, Double> interval = new LinkedHashMap<>();
        sorted(bySample).forEach((key, values) -> {
            interval.put(key + "_low", Quantile.of(values, (1 - INTERVAL) / 2));
            interval.put(key + "_high", Quantile.of(values, (1 + INTERVAL) / 2));
        });
        return interval;
    }

    private Map<String, List<Double>> sorted(List<Map<String, Double>> draws) {
        Map<String, List<Double>> sorted = new LinkedHashMap<>();
        for (String key : keys) {
            List<Double> values = values(draws, key).sorted().boxed().toList();
            if (!values.isEmpty()) {
                sorted.put(key, values);
            }
        }
        return sorted;
    }

    private static DoubleStream values(List<Map<String, Double>> all, String key) {
        return all.stream().filter(scores -> scores.containsKey(key)).mapToDouble(scores -> scores.get(key));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
    }

    /** An object a part, in SAEBench's layout. */
    ArrayNode details() {
        ArrayNode details = NODES.arrayNode();
        for (Part part : parts) {
            ObjectNode detail = details.addObject().put("dataset_name", part.name() + "_results");
            detail.setAll(withNulls(part.scores().scores(Outcomes.once(part.texts()))));
            part.own().forEach(detail::put);
        }
        return details;
    }
}
