package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.math.Quantile;

/** Unlearning in SAEBench's schema: its one number, groups of our own beside it, and every configuration's counts. */
final class UnlearningReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final double LOW = 0.025;
    private static final double HIGH = 0.975;
    private static final double CONTROL = 0.95;
    /** The curve is also looked at where little is lost. */
    private static final double LITTLE_LOST = 0.9;

    private final EvalSession session;
    private final UnlearningConfig config;
    private final Subject subject;
    private final UnlearningTexts texts;
    private final List<UnlearningEval.Setting> settings;
    private final List<UnlearningEval.Outcome> outcomes;
    private final int scored;

    /** @param settings those of the score first, the relative ones behind them */
    UnlearningReport(
            EvalSession session,
            Subject subject,
            UnlearningTexts texts,
            List<UnlearningEval.Setting> settings,
            List<UnlearningEval.Outcome> outcomes) {
        this.session = session;
        this.config = session.config().unlearning();
        this.subject = subject;
        this.texts = texts;
        this.settings = settings;
        this.outcomes = outcomes;
        this.scored = (int) settings.stream().filter(one -> !one.relative()).count();
    }

    EvalReport build() {
        ObjectNode metrics = NODES.objectNode();
        metrics.putObject("unlearning").put("unlearning_score", mean(this::score));
        ObjectNode means = metrics.putObject("unweave");
        ObjectNode unstructured = NODES.objectNode();
        Map<String, Double> headline = new TreeMap<>();
        headline.put("unlearning_score", mean(this::score));
        Map<String, List<Double>> bySubject = new TreeMap<>();
        for (UnlearningEval.Outcome outcome : outcomes) {
            ObjectNode group = group(outcome);
            metrics.set("unweave_" + outcome.forget(), group);
            group.properties().forEach(entry -> {
                bySubject
                        .computeIfAbsent(entry.getKey(), key -> new ArrayList<>())
                        .add(entry.getValue().doubleValue());
                headline.put(
                        outcome.forget() + "/" + entry.getKey(),
                        entry.getValue().doubleValue());
            });
            unstructured.set(texts.asked(outcome.forget()).name(), curve(outcome));
        }
        bySubject.forEach((key, values) -> {
            double mean =
                    values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
            means.put(key, mean);
            headline.put(key, mean);
        });
        return session.frame()
                .report(UnlearningEval.NAME, subject, headline, evalConfig(), metrics, NODES.arrayNode(), unstructured);
    }

    private double mean(ToDoubleFunction<UnlearningEval.Outcome> of) {
        return outcomes.stream().mapToDouble(of).average().orElseThrow();
    }

    private double score(UnlearningEval.Outcome outcome) {
        return UnlearningScore.score(outcome.counts().subList(0, scored), config.gate());
    }

    /** Flat, as SAEBench has its groups. A number that does not exist is left out. */
    private ObjectNode group(UnlearningEval.Outcome outcome) {
        AskedQuestions set = texts.asked(outcome.forget());
        List<UnlearningScore.Counts> counts = outcome.counts();
        ObjectNode group = NODES.objectNode();
        group.put("score", score(outcome));
        if (!outcome.resampled().isEmpty()) {
            group.put("score_low", Quantile.of(outcome.resampled(), LOW));
            group.put("score_high", Quantile.of(outcome.resampled(), HIGH));
        }
        group.put("score_of_any_multiplier", UnlearningScore.score(counts, config.gate()));
        List<Double> random = outcome.random().stream()
                .map(one -> 1 - one.value(config.gate()))
                .sorted()
                .toList();
        if (!random.isEmpty()) {
            group.put(
                    "random_latents_score",
                    random.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
            group.put("random_latents_score_95", Quantile.of(random, CONTROL));
            outcome.random().stream()
                    .filter(UnlearningScore.Counts::complete)
                    .mapToDouble(UnlearningScore.Counts::forgetAccuracy)
                    .average()
                    .ifPresent(mean -> group.put("random_latents_forget_accuracy", mean));
        }
        group.put("curve_area", UnlearningScore.area(counts, 0));
        group.put("curve_area_above_90", UnlearningScore.area(counts, LITTLE_LOST));
        UnlearningScore.Counts best = counts.get(outcome.control());
        if (best.complete()) {
            group.put("forget_accuracy", best.forgetAccuracy());
            group.put("retain_accuracy", best.retainAccuracy());
        }
        group.put(
                "configurations_within_gate",
                counts.subList(0, scored).stream()
                        .filter(one -> one.within(config.gate()))
                        .count());
        group.put(
                "largest_selection",
                outcome.selected().stream()
                        .flatMap(List::stream)
                        .mapToInt(List::size)
                        .max()
                        .orElse(0));
        group.put("base_accuracy", set.accuracy());
        if (config.asking() == UnlearningConfig.Asking.LIKELIHOOD) {
            group.put("base_accuracy_without_question", set.accuracyOfTrials());
        }
        group.put("questions", set.size());
        long retained =
                outcome.items().stream().filter(EditedAnswers.Item::retained).count();
        group.put("base_correct", outcome.items().size() - retained);
        group.put("retained_questions_asked", retained);
        return group;
    }

    private ObjectNode curve(UnlearningEval.Outcome outcome) {
        ObjectNode json = NODES.objectNode();
        ArrayNode list = json.putArray("configurations");
        List<String> places = texts.selection().places();
        for (int c = 0; c < settings.size(); c++) {
            UnlearningEval.Setting setting = settings.get(c);
            ObjectNode one = list.addObject()
                    .put("retain_threshold", setting.retainThreshold())
                    .put("n_features", setting.features())
                    .put(setting.relative() ? "relative_multiplier" : "multiplier", setting.multiplier());
            putCounts(one, outcome.counts().get(c));
            for (int i = 0; i < places.size(); i++) {
                outcome.selected().get(c).get(i).forEach(one.putArray("latents_of_" + places.get(i))::add);
            }
        }
        ObjectNode control = json.putObject("random_latents");
        control.put("configuration", outcome.control());
        ArrayNode draws = control.putArray("draws");
        outcome.random().forEach(counts -> putCounts(draws.addObject(), counts));
        ObjectNode retained = json.putObject("retained");
        for (String name : texts.retained(outcome.forget())) {
            AskedQuestions set = texts.asked(name);
            retained.putObject(set.name())
                    .put("questions", set.size())
                    .put("base_accuracy", set.accuracy())
                    .put("base_correct", set.baseCount());
        }
        return json;
    }

    private void putCounts(ObjectNode json, UnlearningScore.Counts counts) {
        json.put("forget_right", counts.forgetRight())
                .put("forget_asked", counts.forgetAsked())
                .put("retain_right", counts.retainRight())
                .put("retain_asked", counts.retainAsked())
                .put("complete", counts.complete())
                .put("within_gate", counts.within(config.gate()));
    }

    private ObjectNode evalConfig() {
        ObjectNode json = NODES.objectNode();
        json.put("random_seed", session.config().seed());
        ArrayNode names = json.putArray("dataset_names");
        texts.names().forEach(name -> names.add(texts.asked(name).name()));
        json.put("intervention_method", "clamp_feature_activation");
        config.retainThresholds().forEach(json.putArray("retain_thresholds")::add);
        config.nFeatures().forEach(json.putArray("n_features_list")::add);
        // The schema's multipliers are whole numbers.
        ArrayNode multipliers = json.putArray("multipliers");
        for (double multiplier : config.multipliers()) {
            if (multiplier == Math.rint(multiplier)) {
                multipliers.add((long) multiplier);
            } else {
                multipliers.add(multiplier);
            }
        }
        texts.selection().describe(json);
        json.put("n_batch_loss_added", 0);
        json.put("target_metric", texts.asking().metric());
        json.put("save_metrics", false);
        json.put("model_name", session.model().name());
        json.put("llm_batch_size", 1);
        json.put("llm_dtype", "float32");
        // Of our own.
        ArrayNode forget = json.putArray("forget");
        config.forget().forEach(name -> forget.add(texts.asked(name).name()));
        json.put("asking", texts.asking().name());
        json.put("gate", config.gate());
        json.put("stop_early", config.stopEarly());
        json.put("retain_questions_most", config.retainQuestions());
        config.relativeMultipliers().forEach(json.putArray("relative_multipliers")::add);
        json.put("random_draws", config.randomDraws());
        json.put(
                "random_draws_are_clamped_as",
                "the configuration of the score, matched in firing rate on what is to be forgotten");
        json.put("bootstrap_samples", config.bootstrapSamples());
        json.put("largest_norm", session.largestNorm());
        return json;
    }
}
