package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.UUID;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** The keys around an evaluation's numbers, which all of SAEBench's result files have. */
final class ReportFrame {
    /** The key that holds {@link Subject#id}. */
    static final String SUBJECT = "sae_lens_release_id";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    // One for all results of a session, as SAEBench has one for all SAEs of a call.
    private final String id = UUID.randomUUID().toString();
    private final ModelAccess model;
    private final int contextTokens;
    private final String corpusName;

    ReportFrame(ModelAccess model, int contextTokens, String corpusName) {
        this.model = model;
        this.contextTokens = contextTokens;
        this.corpusName = corpusName;
    }

    EvalReport report(
            String evaluation,
            Subject subject,
            Map<String, Double> headline,
            ObjectNode config,
            ObjectNode metrics,
            JsonNode details,
            JsonNode unstructured) {
        ObjectNode json = NODES.objectNode();
        json.put("eval_type_id", evaluation);
        json.set("eval_config", config);
        json.put("eval_id", id);
        json.put("datetime_epoch_millis", System.currentTimeMillis());
        json.set("eval_result_metrics", metrics);
        json.set("eval_result_details", details);
        json.put("sae_bench_commit_hash", "Unknown");
        json.put("sae_lens_id", "custom_sae");
        json.put(SUBJECT, subject.id());
        json.put("sae_lens_version", version());
        json.set("sae_cfg_dict", saeConfig(subject));
        json.set("eval_result_unstructured", unstructured);
        return new EvalReport(evaluation, subject.id(), headline, json);
    }

    /** Says that SAELens had no part in it. */
    private static String version() {
        String version = ReportFrame.class.getPackage().getImplementationVersion();
        return version == null ? "unweave" : "unweave " + version;
    }

    /** What the SAE is and where it was taken. */
    ObjectNode saeConfig(Subject subject) {
        FrozenSae sae = subject.sae();
        ObjectNode config = NODES.objectNode();
        config.put("model_name", model.name());
        config.put("d_in", sae.width());
        config.put("d_sae", sae.features());
        config.put("hook_layer", model.layer());
        config.put("hook_name", model.hook());
        config.put("context_size", contextTokens);
        config.putNull("hook_head_index");
        config.put("architecture", sae.architecture());
        config.put("apply_b_dec_to_input", sae.subtractsDecoderBias());
        config.putNull("finetuning_scaling_factor");
        config.put("activation_fn_str", activationFunction(sae));
        config.put("prepend_bos", true);
        config.put("normalize_activations", "none");
        config.put("dtype", "float32");
        config.put("device", "cpu");
        config.put("dataset_path", corpusName);
        config.put("dataset_trust_remote_code", false);
        config.putArray("seqpos_slice").addNull();
        config.put("training_tokens", subject.trainingRows());
        config.putNull("sae_lens_training_version");
        config.putNull("neuronpedia_id");
        config.put("variant", subject.variant());
        if (sae instanceof TopKForm topK) {
            config.put("k", topK.k());
        }
        return config;
    }

    /** SAELens's name of it; a threshold or a gate is told by the architecture. */
    private static String activationFunction(FrozenSae sae) {
        return switch (sae) {
            case TopKForm topK -> "topk";
            case ReluForm relu -> "relu";
            case JumpReluForm jumpRelu -> "relu";
            case GatedForm gated -> "relu";
        };
    }
}
