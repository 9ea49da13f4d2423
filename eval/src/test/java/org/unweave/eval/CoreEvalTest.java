package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;

/** The core metrics of SAEs whose values are known, the schema's keys, and what no result may depend on. */
class CoreEvalTest {
    private static final Set<String> TOP_LEVEL = Set.of(
            "eval_type_id",
            "eval_config",
            "eval_id",
            "datetime_epoch_millis",
            "eval_result_metrics",
            "eval_result_details",
            "sae_bench_commit_hash",
            "sae_lens_id",
            "sae_lens_release_id",
            "sae_lens_version",
            "sae_cfg_dict",
            "eval_result_unstructured");

    @TempDir
    Path cache;

    @Test
    void evaluate_identitySae_recoversEverything() {
        JsonNode metrics = evaluate(TestRuns.identity(), 1, 0);

        assertThat(value(metrics, "sparsity", "l0")).isEqualTo(FakeModel.WIDTH);
        assertThat(value(metrics, "model_performance_preservation", "ce_loss_score"))
                .isCloseTo(1, within(1e-6));
        assertThat(value(metrics, "model_behavior_preservation", "kl_div_score"))
                .isCloseTo(1, within(1e-6));
        assertThat(value(metrics, "model_behavior_preservation", "kl_div_with_sae"))
                .isCloseTo(0, within(1e-6));
        assertThat(value(metrics, "reconstruction_quality", "mse")).isZero();
        assertThat(value(metrics, "reconstruction_quality", "cossim")).isCloseTo(1, within(1e-12));
        assertThat(value(metrics, "reconstruction_quality", "explained_variance_legacy"))
                .isEqualTo(1);
        assertThat(value(metrics, "shrinkage", "relative_reconstruction_bias")).isCloseTo(1, within(1e-12));
        assertThat(value(metrics, "reconstruction_quality", "variance_explained"))
                .isEqualTo(1);
        assertThat(value(metrics, "misc_metrics", "frac_alive")).isEqualTo(1);
    }

    @Test
    void evaluate_silentSae_isAsAblationButForThePositionsItLeavesAlone() {
        JsonNode metrics = evaluate(TestRuns.silent(), 1, 0);

        assertThat(value(metrics, "sparsity", "l0")).isZero();
        assertThat(value(metrics, "sparsity", "l1")).isZero();
        assertThat(value(metrics, "reconstruction_quality", "cossim")).isEqualTo(-1);
        assertThat(value(metrics, "misc_metrics", "frac_alive")).isZero();
        assertThat(value(metrics, "misc_metrics", "normalized_freq_over_1_percent"))
                .isZero();
        assertThat(value(metrics, "shrinkage", "l2_norm_out")).isZero();
        double ablated = value(metrics, "model_performance_preservation", "ce_loss_with_ablation");
        double clean = value(metrics, "model_performance_preservation", "ce_loss_without_sae");
        double spliced = value(metrics, "model_performance_preservation", "ce_loss_with_sae");
        assertThat(ablated).isCloseTo(Math.log(FakeModel.VOCABULARY), within(1e-5));
        assertThat(spliced).isCloseTo(ablated, within(0.5)).isNotEqualTo(clean);
    }

    @Test
    void evaluate_positionsOfSpecialTokensAndOutliers_areCountedAndKeepTheirActivation() {
        JsonNode metrics = evaluate(TestRuns.identity(), 1, 0);

        // 12 sequences with BOS; one of three is 8 long, the others 10; one of four has EOS, one of five an outlier.
        assertThat(value(metrics, "unweave", "special_positions")).isEqualTo(12 + 3);
        assertThat(value(metrics, "unweave", "outlier_positions")).isEqualTo(3);
        assertThat(value(metrics, "unweave", "reconstructed_positions")).isEqualTo(4 * 8 + 8 * 10 - 12 - 3 - 3);
        assertThat(value(metrics, "token_stats", "total_tokens_eval_reconstruction"))
                .isEqualTo(4 * 8 + 8 * 10);
    }

    @Test
    void evaluate_otherActivationsAtBos_givesTheSameNumbers() {
        ObjectNode one = report(TestRuns.random(1), 1, 0).json();
        ObjectNode other = report(TestRuns.random(1), 1, 3).json();

        for (String group : List.of("reconstruction_quality", "shrinkage", "sparsity", "misc_metrics")) {
            assertThat(one.get("eval_result_metrics").get(group))
                    .isEqualTo(other.get("eval_result_metrics").get(group));
        }
        assertThat(one.get("eval_result_details")).isEqualTo(other.get("eval_result_details"));
    }

    @Test
    void evaluate_anyThreadsAndOrder_givesTheSameNumbers() {
        ObjectNode alone = report(TestRuns.random(2), 1, 0).json();
        FakeModel model = new FakeModel(0);
        try (EvalSession session = TestRuns.session(cache.resolve("other"), model);
                Device device = Device.cpu(3)) {
            Evaluation core = session.evaluation("core", device);
            core.evaluate(TestRuns.subject("first", TestRuns.identity()));
            ObjectNode second =
                    core.evaluate(TestRuns.subject("job", TestRuns.random(2))).json();

            assertThat(second.get("eval_result_metrics")).isEqualTo(alone.get("eval_result_metrics"));
            assertThat(second.get("eval_result_details")).isEqualTo(alone.get("eval_result_details"));
        }
    }

    @Test
    void evaluate_report_hasExactlyTheKeysOfTheSchemaAndThoseOfOurOwn() {
        EvalReport report = report(TestRuns.random(3), 1, 0);
        ObjectNode json = report.json();

        assertThat(keys(json)).isEqualTo(TOP_LEVEL);
        assertThat(json.get("eval_type_id").textValue()).isEqualTo("core");
        assertThat(json.get("sae_bench_commit_hash").textValue()).isEqualTo("Unknown");
        assertThat(json.get("sae_lens_version").isTextual()).isTrue();
        assertThat(json.get("datetime_epoch_millis").longValue()).isBetween(0L, 9999999999999L);
        JsonNode metrics = json.get("eval_result_metrics");
        assertThat(keys(metrics))
                .isEqualTo(Set.of(
                        "model_behavior_preservation",
                        "model_performance_preservation",
                        "reconstruction_quality",
                        "shrinkage",
                        "sparsity",
                        "token_stats",
                        "misc_metrics",
                        "unweave"));
        assertThat(keys(metrics.get("model_behavior_preservation")))
                .isEqualTo(Set.of("kl_div_score", "kl_div_with_ablation", "kl_div_with_sae"));
        assertThat(keys(metrics.get("model_performance_preservation")))
                .isEqualTo(Set.of("ce_loss_score", "ce_loss_with_ablation", "ce_loss_with_sae", "ce_loss_without_sae"));
        assertThat(keys(metrics.get("reconstruction_quality")))
                .isEqualTo(Set.of(
                        "explained_variance",
                        "explained_variance_legacy",
                        "mse",
                        "cossim",
                        "variance_explained",
                        "explained_variance_corrected"));
        assertThat(keys(metrics.get("shrinkage")))
                .isEqualTo(Set.of("l2_norm_in", "l2_norm_out", "l2_ratio", "relative_reconstruction_bias"));
        assertThat(keys(metrics.get("sparsity"))).isEqualTo(Set.of("l0", "l1"));
        assertThat(keys(metrics.get("token_stats")))
                .isEqualTo(Set.of("total_tokens_eval_reconstruction", "total_tokens_eval_sparsity_variance"));
        assertThat(keys(metrics.get("misc_metrics")))
                .isEqualTo(Set.of(
                        "freq_over_1_percent",
                        "freq_over_10_percent",
                        "normalized_freq_over_1_percent",
                        "normalized_freq_over_10_percent",
                        "average_max_encoder_cosine_sim",
                        "average_max_decoder_cosine_sim",
                        "frac_alive"));
        for (JsonNode group : metrics) {
            group.forEach(number -> assertThat(number.isNumber()).isTrue());
        }
        assertThat(json.get("eval_result_details")).hasSize(32);
        for (JsonNode latent : json.get("eval_result_details")) {
            assertThat(keys(latent))
                    .isEqualTo(Set.of(
                            "index",
                            "feature_density",
                            "consistent_activation_heuristic",
                            "encoder_bias",
                            "encoder_norm",
                            "encoder_decoder_cosine_sim",
                            "max_decoder_cosine_sim",
                            "max_encoder_cosine_sim"));
        }
        assertThat(json.get("eval_result_unstructured").isObject()).isTrue();
        assertThat(keys(json.get("eval_config")))
                .contains(
                        "model_name",
                        "llm_dtype",
                        "batch_size_prompts",
                        "n_eval_reconstruction_batches",
                        "n_eval_sparsity_variance_batches",
                        "dataset",
                        "context_size",
                        "compute_kl",
                        "compute_ce_loss",
                        "compute_l2_norms",
                        "compute_sparsity_metrics",
                        "compute_variance_metrics",
                        "compute_featurewise_density_statistics",
                        "compute_featurewise_weight_based_metrics",
                        "exclude_special_tokens_from_reconstruction",
                        "verbose");
        assertThat(report.headline()).containsKeys("l0", "variance_explained", "ce_loss_score", "frac_alive");
    }

    @Test
    void evaluate_saeOfAnotherWidth_isRefusedByName() {
        FrozenSae narrow = RandomSae.create(8, 2, new float[3], 1);

        assertThatThrownBy(() -> report(narrow, 1, 0))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("test_job_10")
                .hasMessageContaining("width 3");
    }

    @Test
    void evaluate_saeWithNan_isRefusedByName() {
        ReluForm sae = TestRuns.identity();
        sae.bDec1D().set(0, 0, Float.NaN);

        assertThatThrownBy(() -> report(sae, 1, 0))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("test_job_10");
    }

    @Test
    void report_namesTheFormAsSaeLensDoes() {
        ReluForm relu = TestRuns.identity();
        int features = relu.features();
        FrozenSae jumpRelu = new JumpReluForm(
                Mat.zeros(1, features), false, relu.encFD(), relu.bEnc1F(), relu.decFD(), relu.bDec1D());
        Mat bMag1F = Mat.zeros(1, features);
        bMag1F.set(0, 2, 0.25f);
        FrozenSae gated =
                new GatedForm(relu.encFD(), relu.bEnc1F(), bMag1F, Mat.zeros(1, features), relu.decFD(), relu.bDec1D());

        assertThat(saeConfig(report(relu, 1, 0))).containsExactly("standard", "relu", "true");
        assertThat(saeConfig(report(TestRuns.random(1), 1, 0))).containsExactly("topk", "topk", "true");
        EvalReport ofJumpRelu = report(jumpRelu, 1, 0);
        assertThat(saeConfig(ofJumpRelu)).containsExactly("jumprelu", "relu", "false");
        EvalReport ofGated = report(gated, 1, 0);
        assertThat(saeConfig(ofGated)).containsExactly("gated", "relu", "true");
        assertThat(ofGated.json()
                        .get("eval_result_details")
                        .get(2)
                        .get("encoder_bias")
                        .doubleValue())
                .isEqualTo(0.25);
        assertThat(ofJumpRelu.headline().get("variance_explained")).isCloseTo(1, within(1e-6));
    }

    private static List<String> saeConfig(EvalReport report) {
        JsonNode config = report.json().get("sae_cfg_dict");
        return Stream.of("architecture", "activation_fn_str", "apply_b_dec_to_input")
                .map(key -> config.get(key).asText())
                .toList();
    }

    private JsonNode evaluate(FrozenSae sae, int threads, float bosValue) {
        return report(sae, threads, bosValue).json().get("eval_result_metrics");
    }

    private EvalReport report(FrozenSae sae, int threads, float bosValue) {
        try (EvalSession session = TestRuns.session(cache.resolve("bos" + bosValue), new FakeModel(bosValue));
                Device device = Device.cpu(threads)) {
            return session.evaluation("core", device).evaluate(TestRuns.subject("job", sae));
        }
    }

    static Set<String> keys(JsonNode node) {
        Set<String> keys = new HashSet<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static double value(JsonNode metrics, String group, String key) {
        return metrics.get(group).get(key).doubleValue();
    }
}
