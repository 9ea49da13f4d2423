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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;
import org.unweave.model.train.TrainLoop;

/** A golden file of {@code src/test/python/golden_sae.py}: three updates of a variant, made by PyTorch's autograd. */
public final class Golden {
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
                // The sample holds all that fire, so it does not hang on the generator.
                .similarity(
                        c.get("similarity_weight").asDouble(),
                        c.get("features").asInt(),
                        c.get("similarity_decay").asDouble(),
                        c.get("similarity_deviations").asDouble())
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
        return Mat.of(
                config.batchRows(), config.width(), floats(root.get("batches").get(step)));
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
            sae.step(batch(0), 1, false);
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
            for (int step = 0; step < root.get("batches").size(); step++) {
                assertLosses(step, loop.step(batch(step), false).terms());
            }
            State end = States.of(loop);
            for (String name : Params.NAMES) {
                GoldenNumbers.assertChange(root, name, States.mat(end, name));
            }
        }
    }

    private void assertLosses(int step, Map<String, Double> terms) {
        JsonNode losses = root.get("steps").get(step).get("losses");
        assertThat(terms).as("terms").hasSize(losses.size());
        losses.properties().forEach(loss -> {
            double wanted = loss.getValue().asDouble();
            assertThat(wanted).as("%s, which is to act", loss.getKey()).isPositive();
            assertThat(terms.get(loss.getKey()))
                    .as("%s of update %d", loss.getKey(), step)
                    .isCloseTo(wanted, within(LOSS_TOLERANCE * wanted));
        });
    }
}
