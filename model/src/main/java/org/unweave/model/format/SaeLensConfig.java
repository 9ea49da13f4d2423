package org.unweave.model.format;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.TopKForm;

/**
 * What SAELens's {@code cfg.json} says of an SAE, as far as it bears on what the SAE does.
 *
 * @param width d_in
 * @param features d_sae
 * @param subtractsDecoderBias apply_b_dec_to_input
 * @param k of topk; 0 for the others
 * @param ranksByDecoderNorm rescale_acts_by_decoder_norm of topk: latents are ranked by their value times the norm of
 *     their decoder row
 */
record SaeLensConfig(
        SaeLensArchitecture architecture,
        int width,
        int features,
        boolean subtractsDecoderBias,
        int k,
        boolean ranksByDecoderNorm) {
    static final String FILE = "cfg.json";

    /** The version of SAELens whose layout is written. */
    private static final String LAYOUT = "6.54.12";

    private static final int OLDEST_LAYOUT = 6;
    private static final Pattern MAJOR = Pattern.compile("(\\d{1,6})\\..*");
    private static final Set<String> PRECISIONS = Set.of("float32", "float16", "bfloat16", "float64");
    private static final String VERSION = "sae_lens_version";
    private static final String OURS = "unweave_version";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** The file's text. */
    static String text(FrozenSae sae, Origin origin) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("d_in", sae.width());
        json.put("d_sae", sae.features());
        json.put("dtype", "float32");
        json.put("device", "cpu");
        json.put("apply_b_dec_to_input", sae.subtractsDecoderBias());
        json.put("normalize_activations", "none");
        json.put("reshape_activations", "none");
        if (sae instanceof TopKForm topK) {
            json.put("k", topK.k());
            json.put("rescale_acts_by_decoder_norm", false);
        }
        json.set("metadata", metadata(origin));
        json.put("architecture", SaeLensArchitecture.of(sae).word());
        return JSON.writeValueAsString(json) + "\n";
    }

    private static ObjectNode metadata(Origin origin) {
        ObjectNode json = JSON.createObjectNode();
        json.put(VERSION, LAYOUT);
        json.putNull("sae_lens_training_version");
        json.put("model_name", origin.model());
        json.put("hook_name", origin.hook());
        json.put("model_class_name", "HookedTransformer");
        json.putNull("hook_head_index");
        json.put("context_size", origin.contextTokens());
        json.put("prepend_bos", true);
        json.put("dataset_path", origin.dataset());
        json.putArray("seqpos_slice").addNull();
        json.putObject("model_from_pretrained_kwargs");
        // SAELens keeps whatever else stands here.
        json.put("training_tokens", origin.rows());
        json.put("variant", origin.variant());
        json.put("seed", origin.seed());
        json.put("step", origin.step());
        json.put("run", origin.run());
        json.put("job", origin.job());
        json.put(OURS, origin.version());
        return json;
    }

    /** Whether a folder's config was written by this program. */
    static boolean isOurs(Path folder) {
        try {
            return JSON.readTree(folder.resolve(FILE).toFile()).path("metadata").has(OURS);
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads a config, and refuses one of an SAE that no form here can be. */
    static SaeLensConfig read(Path file) {
        JsonNode json;
        try {
            json = JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new CheckpointException(
                    file + " cannot be read (" + e.getMessage() + "); give a folder that SAELens saved", e);
        }
        requireLayout(file, json);
        SaeLensArchitecture architecture = architecture(file, json);
        requireNone(file, json, "normalize_activations", "fold the factor into the weights in SAELens first");
        requireNone(file, json, "reshape_activations", "this program reads SAEs of rows as they are");
        String precision = json.path("dtype").asText("float32").replace("torch.", "");
        if (!PRECISIONS.contains(precision)) {
            throw refused(
                    file,
                    "dtype is " + precision + ", which is none of "
                            + PRECISIONS.stream().sorted().toList());
        }
        boolean topK = architecture == SaeLensArchitecture.TOPK;
        SaeLensConfig config = new SaeLensConfig(
                architecture,
                positive(file, json, "d_in"),
                positive(file, json, "d_sae"),
                truth(file, json, "apply_b_dec_to_input", true),
                topK ? positive(file, json, "k") : 0,
                topK && truth(file, json, "rescale_acts_by_decoder_norm", false));
        if (config.k() > config.features()) {
            throw refused(file, "k is " + config.k() + ", but there are " + config.features() + " latents");
        }
        return config;
    }

    private static void requireLayout(Path file, JsonNode json) {
        String version =
                json.path(VERSION).asText(json.path("metadata").path(VERSION).asText(""));
        Matcher major = MAJOR.matcher(version);
        if (!major.matches() || Integer.parseInt(major.group(1)) < OLDEST_LAYOUT) {
            throw refused(
                    file,
                    version.isEmpty()
                            ? VERSION + " is missing, so its layout is older than 6; load and save it in SAELens 6"
                            : VERSION + " is " + version + "; load and save it in SAELens 6");
        }
    }

    private static SaeLensArchitecture architecture(Path file, JsonNode json) {
        String word = json.path("architecture").asText("");
        return SaeLensArchitecture.of(word)
                .orElseThrow(() -> refused(
                        file,
                        word.contains("transcoder")
                                ? "architecture is " + word + ", and a transcoder does not reconstruct its input"
                                : "architecture is \"" + word + "\", which is none of " + SaeLensArchitecture.words()));
    }

    private static void requireNone(Path file, JsonNode json, String key, String remedy) {
        String value = json.path(key).asText("none");
        if (!value.equals("none")) {
            throw refused(file, key + " is " + value + "; " + remedy);
        }
    }

    private static int positive(Path file, JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isInt() || value.intValue() < 1) {
            throw refused(file, key + " is " + (value.isMissingNode() ? "missing" : value) + ", not a positive number");
        }
        return value.intValue();
    }

    private static boolean truth(Path file, JsonNode json, String key, boolean absent) {
        JsonNode value = json.path(key);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw refused(file, key + " is " + value + ", neither true nor false");
        }
        return value.booleanValue();
    }

    private static CheckpointException refused(Path file, String reason) {
        return new CheckpointException(file + " cannot be used: " + reason);
    }
}
