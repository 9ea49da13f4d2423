package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.config.EvalConfig.SparseProbingConfig;
import org.unweave.model.math.Device;
import org.unweave.model.math.Workspace;

/**
 * How well few latents, pooled over a text, tell one class of texts from the rest: SAEBench's {@code sparse_probing},
 * on the sets and sizes of the configuration.
 *
 * <p>Deviations: rows far above the usual norm are left out of the means, for the model and the SAE alike; draws depend
 * on set, class and probe only; the few-latent probes are solved to convergence; negatives are equal for the model and
 * the SAE; full-width probes with an honest choice of the epoch stand beside SAEBench's, and so do probes on shuffled
 * labels.
 */
final class SparseProbingEval implements Evaluation {
    static final String NAME = "sparse_probing";

    private static final String VERSION = "2";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final EvalSession session;
    private final Device device;
    private final SparseProbingConfig config;

    SparseProbingEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
        this.config = session.config().sparseProbing();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        List<String> all = new ArrayList<>();
        all.add(VERSION);
        all.add(Double.toString(session.largestNorm()));
        all.add(Long.toString(session.config().seed()));
        all.add(config.toString());
        for (String dataset : config.datasets()) {
            LabelledActivations set = session.labelled(dataset);
            all.add(set.name() + " " + set.key());
        }
        return String.join("\n", all);
    }

    @Override
    public void prepare() {
        requireColumns("coordinates of the residual stream", session.model().width());
        config.datasets().forEach(session::modelScores);
        config.datasets().forEach(session::shuffledScores);
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        session.requireFits(subject);
        requireColumns("coordinates of the residual stream", session.model().width());
        requireColumns("latents of " + subject.id(), subject.sae().features());
        Map<String, ProbeScores> sae = new LinkedHashMap<>();
        Map<String, ProbeScores> model = new LinkedHashMap<>();
        Map<String, ProbeScores> shuffled = new LinkedHashMap<>();
        Map<String, LabelledActivations> sets = new LinkedHashMap<>();
        try (Workspace workspace = new Workspace(device.ops())) {
            for (String dataset : config.datasets()) {
                LabelledActivations set = session.labelled(dataset);
                SparseRows pooled = PooledLatents.of(set, subject, workspace).means();
                sets.put(set.name(), set);
                sae.put(
                        set.name(),
                        ProbeScores.of(
                                set, pooled, config.kValues(), session.config().seed()));
                model.put(set.name(), session.modelScores(dataset));
                shuffled.put(set.name(), session.shuffledScores(dataset));
            }
        }
        return report(subject, sets, model, shuffled, sae);
    }

    private void requireColumns(String what, int columns) {
        for (int k : config.kValues()) {
            if (k > columns) {
                throw new EvaluationException(
                        "eval.sparse-probing.k-values has " + k + ", but there are only " + columns + " " + what);
            }
        }
    }

    private EvalReport report(
            Subject subject,
            Map<String, LabelledActivations> sets,
            Map<String, ProbeScores> model,
            Map<String, ProbeScores> shuffled,
            Map<String, ProbeScores> sae) {
        Map<String, Double> headline = new TreeMap<>();
        ObjectNode metrics = NODES.objectNode();
        ArrayNode details = NODES.arrayNode();
        ObjectNode unstructured = NODES.objectNode();
        metrics.set("llm", means("llm", model, headline));
        metrics.set("sae", means("sae", sae, headline));
        // A group of our own.
        metrics.set("unweave", means("shuffled", shuffled, headline));
        for (String set : sets.keySet()) {
            ObjectNode detail = details.addObject().put("dataset_name", set + "_results");
            detail.setAll(means("llm", Map.of(set, required(model, set)), new TreeMap<>()));
            detail.setAll(means("sae", Map.of(set, required(sae, set)), new TreeMap<>()));
            ObjectNode byMetric = unstructured.putObject(set + "_results");
            putClasses(byMetric, "llm", required(model, set), set, headline);
            putClasses(byMetric, "sae", required(sae, set), set, headline);
        }
        return session.frame().report(NAME, subject, headline, evalConfig(sets), metrics, details, unstructured);
    }

    private static ProbeScores required(Map<String, ProbeScores> scores, String set) {
        ProbeScores found = scores.get(set);
        if (found == null) {
            throw new IllegalStateException("no scores of " + set);
        }
        return found;
    }

    /** Means over the sets, each set weighing the same. */
    private ObjectNode means(String prefix, Map<String, ProbeScores> bySet, Map<String, Double> headline) {
        ObjectNode group = NODES.objectNode();
        putMean(group, prefix, ProbeScores.FULL, bySet, headline);
        for (int k : SparseProbingConfig.PROTOCOL_K) {
            if (config.kValues().contains(k)) {
                putMean(group, prefix, ProbeScores.topK(k), bySet, headline);
            } else {
                group.putNull(prefix + "_" + ProbeScores.topK(k));
            }
        }
        putMean(group, prefix, ProbeScores.VALIDATED, bySet, headline);
        return group;
    }

    private static void putMean(
            ObjectNode group,
            String prefix,
            String probe,
            Map<String, ProbeScores> bySet,
            Map<String, Double> headline) {
        double sum = 0;
        for (ProbeScores scores : bySet.values()) {
            sum += scores.mean(probe);
        }
        group.put(prefix + "_" + probe, sum / bySet.size());
        headline.put(prefix + "_" + probe, sum / bySet.size());
    }

    private static void putClasses(
            ObjectNode byMetric, String prefix, ProbeScores scores, String set, Map<String, Double> headline) {
        scores.byProbe().forEach((probe, byClass) -> {
            ObjectNode classes = byMetric.putObject(prefix + "_" + probe);
            byClass.forEach(classes::put);
            headline.put(set + "/" + prefix + "_" + probe, scores.mean(probe));
        });
    }

    private ObjectNode evalConfig(Map<String, LabelledActivations> sets) {
        ObjectNode json = NODES.objectNode();
        json.put("random_seed", session.config().seed());
        ArrayNode names = json.putArray("dataset_names");
        sets.keySet().forEach(names::add);
        // A task has a class's texts and as many of the others.
        json.put("probe_train_set_size", 2 * config.trainTexts());
        json.put("probe_test_set_size", 2 * config.testTexts());
        json.put("context_length", config.contextTokens());
        json.put("sae_batch_size", config.batchTexts());
        json.put("llm_batch_size", config.batchTexts());
        json.put("llm_dtype", "float32");
        json.put("model_name", session.model().name());
        ArrayNode kValues = json.putArray("k_values");
        config.kValues().forEach(kValues::add);
        json.put("lower_vram_usage", false);
        json.put("largest_norm", session.largestNorm());
        ObjectNode used = json.putObject("texts_used");
        sets.forEach((name, set) -> used.set(name, set.usage()));
        return json;
    }
}
