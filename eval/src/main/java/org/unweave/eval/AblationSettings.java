package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.config.EvalConfig.ScrTppConfig;
import org.unweave.model.math.Draws;

/** What the two evaluations by ablation have in common: sizes, the numbers of latents, and the report's eval_config. */
final class AblationSettings {
    private static final String VERSION = "2";

    private final EvalSession session;
    private final ScrTppConfig config;

    AblationSettings(EvalSession session) {
        this.session = session;
        this.config = session.config().scrTpp();
    }

    ScrTppConfig config() {
        return config;
    }

    /** All that a report depends on beside the SAE, of these sets. */
    String inputs(List<LabelledActivations> sets) {
        List<String> all = new ArrayList<>();
        all.add(VERSION);
        all.add(Double.toString(session.largestNorm()));
        all.add(Long.toString(session.config().seed()));
        all.add(config.toString());
        sets.forEach(set -> all.add(set.name() + " " + set.key()));
        return String.join("\n", all);
    }

    /** The configured numbers of latents that the SAE has, rising. */
    List<Integer> nValues(Subject subject) {
        return config.nValues().stream()
                .filter(n -> n <= subject.sae().features())
                .sorted()
                .toList();
    }

    /** The largest configured number of latents. */
    int most() {
        return config.nValues().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** The draws of one set of random latents. */
    Draws draws(String evaluation, String part, int draw) {
        return new Draws(session.config().seed(), evaluation + " random latents", part, draw);
    }

    /** Those numbers of latents for which as many random latents were found as were chosen. */
    static List<Integer> possible(List<Integer> nValues, List<int[]> chosen, List<int[]> drawn) {
        return nValues.stream()
                .filter(n -> {
                    for (int i = 0; i < chosen.size(); i++) {
                        if (drawn.get(i).length < Math.min(n, chosen.get(i).length)) {
                            return false;
                        }
                    }
                    return true;
                })
                .toList();
    }

    /**
     * The report of an evaluation by ablation.
     *
     * @param keys of the schema, in its order
     * @param evalConfig by {@link #json}, with {@code column1_vals_lookup}
     */
    EvalReport report(
            String evaluation,
            Subject subject,
            List<String> keys,
            List<AblationScores.Part> parts,
            ObjectNode evalConfig,
            JsonNode unstructured) {
        AblationScores scores = new AblationScores(
                evaluation,
                keys,
                parts,
                config.intervalDraws(),
                session.config().seed());
        Map<String, Double> headline = new TreeMap<>();
        ObjectNode metrics = scores.metrics(headline);
        return session.frame()
                .report(evaluation, subject, headline, evalConfig, metrics, scores.details(), unstructured);
    }

    /** All keys but {@code column1_vals_lookup}, and those of our own. */
    ObjectNode json(
            Map<String, LabelledActivations> sets, Subject subject, int trainSize, int testSize, boolean performScr) {
        LinearProbe.Settings probe = LinearProbe.Settings.ABLATION;
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("random_seed", session.config().seed());
        ArrayNode names = json.putArray("dataset_names");
        sets.keySet().forEach(names::add);
        json.put("perform_scr", performScr);
        json.put("early_stopping_patience", probe.patience());
        json.put("train_set_size", trainSize);
        json.put("test_set_size", testSize);
        json.put("context_length", config.contextTokens());
        json.put("probe_train_batch_size", probe.batch());
        // Accuracies are counts of all test rows at once; batches are the reference's way to the same numbers.
        json.put("probe_test_batch_size", 500);
        json.put("probe_epochs", probe.epochs());
        json.put("probe_lr", probe.learningRate());
        json.put("probe_l1_penalty", probe.l1());
        json.put("sae_batch_size", config.batchTexts());
        json.put("llm_batch_size", config.batchTexts());
        json.put("llm_dtype", "float32");
        json.put("lower_vram_usage", false);
        json.put("model_name", session.model().name());
        ArrayNode nValues = json.putArray("n_values");
        config.nValues().forEach(nValues::add);
        json.put("largest_norm", session.largestNorm());
        json.put("control_draws", config.controlDraws());
        json.put("interval_draws", config.intervalDraws());
        ArrayNode leftOut = json.putArray("n_values_above_features");
        config.nValues().stream().filter(n -> n > subject.sae().features()).forEach(leftOut::add);
        ObjectNode used = json.putObject("texts_used");
        sets.forEach((name, set) -> used.set(name, set.usage()));
        return json;
    }
}
