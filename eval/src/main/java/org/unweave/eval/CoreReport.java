package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.unweave.config.EvalConfig.CoreConfig;

/** The core metrics in SAEBench's schema. A number that does not exist is -1 there, since its schema has no null. */
final class CoreReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final double DECIMALS = 1e10;
    private static final List<String> HEADLINE = List.of(
            "ce_loss_score",
            "ce_loss_with_ablation",
            "ce_loss_with_sae",
            "ce_loss_without_sae",
            "cossim",
            "frac_alive",
            "kl_div_score",
            "l0",
            "mse",
            "outlier_positions",
            "relative_reconstruction_bias",
            "variance_explained");

    private final EvalSession session;
    private final HeldOutActivations heldOut;
    private final Subject subject;
    private final CoreMeasurements measured;
    private final TokenLosses losses;

    CoreReport(
            EvalSession session,
            HeldOutActivations heldOut,
            Subject subject,
            CoreMeasurements measured,
            TokenLosses losses) {
        this.session = session;
        this.heldOut = heldOut;
        this.subject = subject;
        this.measured = measured;
        this.losses = losses;
    }

    EvalReport build(WeightStatistics weights) {
        ObjectNode metrics = metrics(weights);
        Map<String, Double> headline = new TreeMap<>();
        metrics.forEach(group -> {
            for (String key : HEADLINE) {
                if (group.has(key)) {
                    headline.put(key, group.get(key).doubleValue());
                }
            }
        });
        return session.frame()
                .report(CoreEval.NAME, subject, headline, config(), metrics, details(weights), NODES.objectNode());
    }

    private ObjectNode config() {
        CoreConfig config = session.config().core();
        int batches = heldOut.batches().size();
        ObjectNode json = NODES.objectNode();
        json.put("model_name", session.model().name());
        json.put("llm_dtype", "float32");
        json.put("batch_size_prompts", config.batchSequences());
        json.put("n_eval_reconstruction_batches", batches);
        json.put("n_eval_sparsity_variance_batches", batches);
        json.put("dataset", session.corpusName());
        json.put("context_size", config.contextTokens());
        json.put("compute_kl", true);
        json.put("compute_ce_loss", true);
        json.put("compute_l2_norms", true);
        json.put("compute_sparsity_metrics", true);
        json.put("compute_variance_metrics", true);
        json.put("compute_featurewise_density_statistics", true);
        json.put("compute_featurewise_weight_based_metrics", true);
        json.put("exclude_special_tokens_from_reconstruction", true);
        json.put("verbose", false);
        json.put("sequences", heldOut.sequences());
        json.put("largest_norm", session.largestNorm());
        return json;
    }

    private ObjectNode metrics(WeightStatistics weights) {
        ReconstructionStatistics rows = measured.reconstruction();
        LatentStatistics latents = measured.latents();
        HeldOutActivations.Losses model = heldOut.losses();
        double divergence = losses.divergence();
        double crossEntropy = losses.changedCrossEntropy();
        ObjectNode json = NODES.objectNode();
        Group.in(json, "model_behavior_preservation")
                .put("kl_div_score", (model.ablatedDivergence() - divergence) / model.ablatedDivergence())
                .put("kl_div_with_ablation", model.ablatedDivergence())
                .put("kl_div_with_sae", divergence);
        double harm = model.ablatedCrossEntropy() - model.cleanCrossEntropy();
        Group.in(json, "model_performance_preservation")
                .put("ce_loss_score", (model.ablatedCrossEntropy() - crossEntropy) / harm)
                .put("ce_loss_with_ablation", model.ablatedCrossEntropy())
                .put("ce_loss_with_sae", crossEntropy)
                .put("ce_loss_without_sae", model.cleanCrossEntropy());
        Group.in(json, "reconstruction_quality")
                .put("explained_variance", rows.explainedVarianceAsPublished())
                .put("explained_variance_legacy", rows.explainedVarianceLegacy())
                .put("mse", rows.meanSquaredError())
                .put("cossim", rows.cosine())
                // Two of our own.
                .put("variance_explained", rows.varianceExplained())
                .put("explained_variance_corrected", rows.explainedVarianceCorrected());
        Group.in(json, "shrinkage")
                .put("l2_norm_in", rows.normIn())
                .put("l2_norm_out", rows.normOut())
                .put("l2_ratio", rows.ratio())
                .put("relative_reconstruction_bias", rows.relativeBias());
        Group.in(json, "sparsity").put("l0", latents.l0()).put("l1", latents.l1());
        json.putObject("token_stats")
                .put("total_tokens_eval_reconstruction", heldOut.tokens())
                .put("total_tokens_eval_sparsity_variance", heldOut.tokens());
        Group.in(json, "misc_metrics")
                .put("freq_over_1_percent", latents.shareAbove(0.01))
                .put("freq_over_10_percent", latents.shareAbove(0.1))
                .put("normalized_freq_over_1_percent", latents.activityAbove(0.01))
                .put("normalized_freq_over_10_percent", latents.activityAbove(0.1))
                .put("average_max_encoder_cosine_sim", mean(weights::maxEncoderCosine))
                .put("average_max_decoder_cosine_sim", mean(weights::maxDecoderCosine))
                .put("frac_alive", latents.shareAbove(0));
        // A group of our own.
        json.putObject("unweave")
                .put("reconstructed_positions", rows.rows())
                .put("special_positions", measured.specialPositions())
                .put("outlier_positions", measured.outlierPositions());
        return json;
    }

    /** A group of numbers that are to be finite. */
    private record Group(ObjectNode json) {
        static Group in(ObjectNode parent, String name) {
            return new Group(parent.putObject(name));
        }

        Group put(String key, double value) {
            json.put(key, finite(value));
            return this;
        }
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : -1;
    }

    private double mean(IntToDoubleFunction of) {
        double sum = 0;
        for (int feature = 0; feature < measured.latents().features(); feature++) {
            sum += of.applyAsDouble(feature);
        }
        return sum / measured.latents().features();
    }

    private ArrayNode details(WeightStatistics weights) {
        ArrayNode details = NODES.arrayNode();
        LatentStatistics latents = measured.latents();
        for (int feature = 0; feature < latents.features(); feature++) {
            details.addObject()
                    .put("index", feature)
                    .put("feature_density", rounded(latents.density(feature)))
                    .put("consistent_activation_heuristic", rounded(latents.perSequence(feature)))
                    .put("encoder_bias", rounded(subject.sae().bEnc1F().get(0, feature)))
                    .put("encoder_norm", rounded(weights.encoderNorm(feature)))
                    .put("encoder_decoder_cosine_sim", rounded(weights.encoderDecoderCosine(feature)))
                    .put("max_decoder_cosine_sim", rounded(weights.maxDecoderCosine(feature)))
                    .put("max_encoder_cosine_sim", rounded(weights.maxEncoderCosine(feature)));
        }
        return details;
    }

    private static double rounded(double value) {
        return Double.isFinite(value) ? Math.rint(value * DECIMALS) / DECIMALS : -1;
    }
}
