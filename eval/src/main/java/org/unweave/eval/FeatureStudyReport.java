package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.lm.Tokenizer;

/**
 * The JSON of a study: where it comes from, then {@code features}, an object each. Of Neuronpedia's names these have
 * {@code modelId}, {@code layer}, {@code index}, {@code frac_nonzero}, {@code maxActApprox},
 * {@code freq_hist_data_bar_values} and {@code freq_hist_data_bar_heights} (the bins' middles and their shares of the
 * active positions), {@code pos_str}, {@code pos_values}, {@code neg_str}, {@code neg_values}, {@code topkCosSimIndices},
 * {@code topkCosSimValues} and {@code activations}, each with {@code tokens}, {@code values}, {@code maxValue} and
 * {@code maxValueTokenIndex}; the rest is this project's.
 */
final class FeatureStudyReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int VERSION = 1;
    // Of a sequence, what stands around the position of the largest value.
    private static final int TOKENS_BEFORE = 32;
    private static final int TOKENS_AFTER = 16;

    private final EvalSession session;
    private final Subject subject;
    private final FeatureStudy.Request request;
    private final FeatureRows rows;
    private final Tokenizer tokenizer;

    FeatureStudyReport(EvalSession session, Subject subject, FeatureStudy.Request request, FeatureRows rows) {
        this.session = session;
        this.subject = subject;
        this.request = request;
        this.rows = rows;
        this.tokenizer = session.model().tokenizer();
    }

    ObjectNode json(
            List<ChosenFeature> chosen,
            LatentStatistics statistics,
            List<FeatureActivity> activities,
            List<FeatureLogits> logits,
            List<FeatureNeighbours> neighbours) {
        ObjectNode json = NODES.objectNode();
        json.put("version", VERSION);
        json.put("run", subject.run());
        json.put("job", subject.job());
        json.put("variant", subject.variant());
        json.put("step", subject.step());
        json.put("architecture", subject.sae().architecture());
        json.put("modelId", session.model().name());
        json.put("layer", subject.run() + "/" + subject.job());
        json.put("hook_name", session.model().hook());
        json.put("dataset", session.corpusName());
        json.put("sequences", rows.sequences());
        json.put("rows", statistics.rows());
        json.put("d_in", subject.sae().width());
        json.put("d_sae", subject.sae().features());
        json.put("alive", statistics.alive());
        AttributionSnapshot attribution = request.attribution();
        if (attribution != null) {
            json.putObject("attribution")
                    .put("step", attribution.step())
                    .put("attribute", attribution.attribute())
                    .put("probe_accuracy", attribution.probeAccuracy());
        }
        ArrayNode features = json.putArray("features");
        for (int i = 0; i < chosen.size(); i++) {
            ObjectNode feature = features.addObject();
            describe(chosen.get(i), statistics, activities.get(i), feature);
            effects(logits.get(i), feature);
            near(neighbours.get(i), feature);
            examples(activities.get(i), feature);
        }
        return json;
    }

    private void describe(
            ChosenFeature chosen, LatentStatistics statistics, FeatureActivity activity, ObjectNode feature) {
        feature.put("index", Integer.toString(chosen.feature()));
        feature.put("modelId", session.model().name());
        feature.put("layer", subject.run() + "/" + subject.job());
        feature.put("reason", chosen.reason());
        feature.put("rank", chosen.rank());
        feature.put("attribution", finite(chosen.attribution()));
        feature.put("frac_nonzero", statistics.density(chosen.feature()));
        feature.put("active_positions", activity.active());
        feature.put("active_sequences", activity.sequences());
        feature.put("maxActApprox", activity.largest());
        feature.put("mean_active", finite(activity.mean()));
        FeatureActivity.Histogram histogram = activity.histogram();
        ArrayNode middles = feature.putArray("freq_hist_data_bar_values");
        ArrayNode heights = feature.putArray("freq_hist_data_bar_heights");
        for (int bin = 0; activity.active() > 0 && bin < histogram.counts().size(); bin++) {
            middles.add((float) ((bin + 0.5) * histogram.width()));
            heights.add((float) histogram.counts().get(bin) / activity.active());
        }
    }

    private void effects(FeatureLogits logits, ObjectNode feature) {
        effects(logits.positive(), "pos", feature);
        effects(logits.negative(), "neg", feature);
    }

    private void effects(List<FeatureLogits.Effect> effects, String side, ObjectNode feature) {
        ArrayNode texts = feature.putArray(side + "_str");
        ArrayNode values = feature.putArray(side + "_values");
        for (FeatureLogits.Effect effect : effects) {
            texts.add(tokenizer.text(effect.token()));
            values.add((float) effect.value());
        }
    }

    private static void near(FeatureNeighbours neighbours, ObjectNode feature) {
        ArrayNode indices = feature.putArray("topkCosSimIndices");
        ArrayNode cosines = feature.putArray("topkCosSimValues");
        for (FeatureNeighbours.Neighbour one : neighbours.nearest()) {
            indices.add(one.feature());
            cosines.add((float) one.cosine());
        }
    }

    private void examples(FeatureActivity activity, ObjectNode feature) {
        ArrayNode all = feature.putArray("activations");
        for (FeatureActivity.Example example : activity.examples()) {
            int[] tokens = rows.tokens(example.sequence());
            int from = Math.max(0, example.peak() - TOKENS_BEFORE);
            int to = Math.min(tokens.length, example.peak() + TOKENS_AFTER + 1);
            ObjectNode one = all.addObject();
            one.put("dataIndex", example.sequence());
            one.put("dataOffset", from);
            one.put("dataTokens", tokens.length);
            one.put("maxValue", example.largest());
            one.put("maxValueTokenIndex", example.peak() - from);
            ArrayNode texts = one.putArray("tokens");
            ArrayNode values = one.putArray("values");
            for (int t = from; t < to; t++) {
                texts.add(tokenizer.text(tokens[t]));
                values.add(example.values().getOrDefault(t, 0f));
            }
        }
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
