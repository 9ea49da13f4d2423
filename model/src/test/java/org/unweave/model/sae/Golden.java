package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.model.sae.GoldenNumbers.LOSS_TOLERANCE;
import static org.unweave.model.sae.GoldenNumbers.floats;
import static org.unweave.model.sae.GoldenNumbers.numbers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;
import org.unweave.model.train.TrainLoop;

/**
 * A golden file of {@code src/test/python/golden_sae.py} or {@code golden_family.py}: a few updates of a variant, made by
 * PyTorch's autograd. In the latter's, some batches have rows of labelled texts behind the others.
 */
public final class Golden {
    private static final Set<String> LABELLED = Set.of("adversarial", "contrastive");
    /** Of weights and attributions near 0.01 and accuracies near 1, from codes in float32 and probes in float64. */
    private static final double KNOWN_TOLERANCE = 2e-6;

    private final JsonNode root;
    private final SaeConfig config;

    private Golden(JsonNode root) {
        this.root = root;
        this.config = config(root.get("config"));
    }

    public static Golden load(String variant) throws IOException {
        String file = "/golden/" + variant + ".json";
        try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream(file), file)) {
            return new Golden(new ObjectMapper().readTree(in));
        }
    }

    private static SaeConfig config(JsonNode c) {
        int batchRows = c.get("batch_rows").asInt();
        long steps = 100;
        double deadAfter = c.get("dead_after_rows").asDouble() / (steps * batchRows);
        return Jobs.of(c.get("variant").asText())
                .features(c.get("features").asInt())
                .k(c.get("k").asInt())
                .targetL0(c.get("target_l0").asDouble())
                .learningRate(c.get("learning_rate").asDouble())
                .gradientClip(c.get("gradient_clip").asDouble())
                .schedule(0, 0, 1, deadAfter)
                .auxK(c.get("aux_weight").asDouble(), c.get("aux_k").asInt())
                .sparsity(
                        c.get("sparsity_initial").asDouble(),
                        c.get("sparsity_gain").asDouble(),
                        c.get("sparsity_integral_gain").asDouble())
                // The samples hold all that there are, so they do not hang on the generator.
                .similarity(
                        c.get("similarity_weight").asDouble(),
                        c.get("features").asInt(),
                        c.get("similarity_decay").asDouble(),
                        c.get("similarity_deviations").asDouble())
                .attribution(new AttributionConfig(
                        AttributionSource.PROBE,
                        c.path("attribution_decay").asDouble(0.95),
                        c.path("percentile").asDouble(0.85),
                        c.path("probe_learning_rate").asDouble(0.01),
                        c.path("probe_l2").asDouble(0.001)))
                .adversarial(
                        c.path("adversarial_weight").asDouble(0),
                        c.path("scope").asText("all").equals("all") ? Scope.ALL : Scope.BELOW_PERCENTILE)
                .orthogonality(
                        c.path("orthogonality_weight").asDouble(0),
                        c.get("features").asInt())
                .contrastive(
                        c.path("contrastive_weight").asDouble(0),
                        c.path("temperature").asDouble(0.1))
                .sae(c.get("width").asInt(), steps, batchRows);
    }

    private Params params() {
        Params params = Params.zeros(config.features(), config.width(), List.of());
        for (int i = 0; i < Params.NAMES.size(); i++) {
            params.all().get(i).set(floats(root.get("params").get(Params.NAMES.get(i))));
        }
        return params;
    }

    private Mat batch(int step) {
        float[] values = floats(root.get("batches").get(step));
        return Mat.of(values.length / config.width(), config.width(), values);
    }

    private LabelledTexts texts(int step) {
        if (!root.path("labelled").path(step).asBoolean(false)) {
            return LabelledTexts.NONE;
        }
        List<Labels> labels = new ArrayList<>();
        for (JsonNode text : root.get("texts")) {
            labels.add(new Labels(
                    text.get("main").asInt(),
                    text.get("spurious").asInt(),
                    text.get("held_out").asBoolean()));
        }
        return new LabelledTexts(
                config.batchRows(), root.get("config").get("tokens_per_text").asInt(), labels);
    }

    private Map<String, Object> counters() {
        long[] rowsSinceFired = Arrays.stream(numbers(root.get("rows_since_fired")))
                .mapToLong(Math::round)
                .toArray();
        return Map.of("dead.rows_since_fired", rowsSinceFired);
    }

    /** The gradient of the first update, element by element. */
    public void assertGradients(Ops ops) {
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params(), counters());
            sae.step(batch(0), texts(0), 1, false);
            for (int i = 0; i < Params.NAMES.size(); i++) {
                String name = Params.NAMES.get(i);
                double[] wanted =
                        numbers(root.get("steps").get(0).get("gradients").get(name));
                double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
                float[] got = sae.gradient().weights().all().get(i).toArray();
                for (int j = 0; j < wanted.length; j++) {
                    assertThat((double) got[j])
                            .as("gradient of %s[%d]", name, j)
                            .isCloseTo(wanted[j], within(1e-5 * largest));
                }
            }
        }
    }

    /** The losses of each update, and what the updates together changed. */
    public void assertUpdates(Ops ops) {
        try (TrainLoop loop = new TrainLoop(config, ops)) {
            Map<String, Object> counters = new HashMap<>(counters());
            counters.put("step", new long[] {1}); // past the step that would draw the weights
            States.setParams(loop, params(), counters);
            Map<String, Double> last = Map.of();
            for (int step = 0; step < root.get("batches").size(); step++) {
                LossTerms loss = loop.step(batch(step), texts(step), false);
                assertLosses(step, loss, last);
                assertKnown(step, loss, loop);
                last = loss.terms();
            }
            State end = States.of(loop);
            for (String name : Params.NAMES) {
                GoldenNumbers.assertChange(root, name, States.mat(end, name));
            }
        }
    }

    private void assertLosses(int step, LossTerms got, Map<String, Double> last) {
        JsonNode losses = root.get("steps").get(step).get("losses");
        Map<String, Double> terms = got.terms();
        assertThat(terms).as("terms").hasSize(losses.size());
        double sum = 0;
        for (Map.Entry<String, JsonNode> loss : losses.properties()) {
            String name = loss.getKey();
            double wanted = loss.getValue().asDouble();
            sum += wanted;
            if (wanted == 0) {
                // The probe has not learned, or there are no labelled texts, and those of the last time are shown.
                assertThat(LABELLED).contains(name);
                wanted = last.getOrDefault(name, 0.0);
            } else {
                assertThat(wanted).as("%s, which is to act", name).isPositive();
            }
            assertThat(terms.get(name))
                    .as("%s of update %d", name, step)
                    .isCloseTo(wanted, within(LOSS_TOLERANCE * wanted));
        }
        assertThat(got.loss()).as("loss of update %d", step).isCloseTo(sum, within(LOSS_TOLERANCE * sum));
    }

    // What is known of the labels after an update.
    private void assertKnown(int step, LossTerms got, TrainLoop loop) {
        JsonNode known = root.get("steps").get(step);
        if (!known.has("probe_spurious")) {
            return;
        }
        State state = States.of(loop);
        assertClose(known, "probe_main", doubles(state, "probe.main.weights"));
        assertClose(known, "probe_spurious", doubles(state, "probe.spurious.weights"));
        long updates = ((long[]) Objects.requireNonNull(state.arrays().get("attribution.updates")))[0];
        double correction =
                1 - Math.pow(root.get("config").get("attribution_decay").asDouble(), updates);
        assertClose(
                known,
                "attribution",
                Arrays.stream(doubles(state, "attribution.sum"))
                        .map(sum -> sum / correction)
                        .toArray());
        for (String curve :
                List.of("main_accuracy", "spurious_accuracy", "adversarial_scale", "attribution_threshold")) {
            assertThat(got.curves().get(curve))
                    .as("%s of update %d", curve, step)
                    .isCloseTo(known.get(curve).asDouble(), within(KNOWN_TOLERANCE));
        }
        assertThat(got.curves().get("attributed_latents"))
                .isEqualTo(known.get("above").size());
    }

    private static double[] doubles(State state, String name) {
        return (double[]) Objects.requireNonNull(state.arrays().get(name), name);
    }

    private static void assertClose(JsonNode known, String name, double[] got) {
        double[] wanted = numbers(known.get(name));
        assertThat(Arrays.stream(wanted).map(Math::abs).max().orElseThrow()).isPositive();
        assertThat(got).as(name).containsExactly(wanted, within(KNOWN_TOLERANCE));
    }
}
