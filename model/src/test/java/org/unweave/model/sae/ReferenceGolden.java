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
import org.unweave.config.JobConfig.DictionaryLearningConfig;
import org.unweave.config.JobConfig.PNorm;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;
import org.unweave.model.train.TrainLoop;

/** A golden file of {@code src/test/python/golden_references.py}: updates made by dictionary_learning's own trainer. */
public final class ReferenceGolden {
    private static final Map<String, String> TERMS =
            Map.of("lp", "p_norm", "aux", "gate_reconstruction", "l0", "target_l0");

    private static final Map<String, String> VARIANTS = Map.of(
            "StandardTrainer", "standard",
            "StandardTrainerAprilUpdate", "standard-april",
            "TopKTrainer", "topk",
            "BatchTopKTrainer", "batch-topk",
            "JumpReluTrainer", "jump-relu",
            "GatedSAETrainer", "gated",
            "PAnnealTrainer", "p-anneal",
            "MatryoshkaBatchTopKTrainer", "matryoshka");

    private final JsonNode root;
    private final boolean corrected;
    private final SaeConfig config;

    private ReferenceGolden(JsonNode root, boolean corrected) {
        this.root = root;
        this.corrected = corrected;
        this.config =
                config(Objects.requireNonNull(VARIANTS.get(root.get("trainer").asText())), root.get("config"));
    }

    /** @param corrected whether the file was made with our correction in the package's own code */
    public static ReferenceGolden load(String name, boolean corrected) throws IOException {
        String file = "/golden/reference-" + name + ".json";
        try (InputStream in = Objects.requireNonNull(ReferenceGolden.class.getResourceAsStream(file), file)) {
            return new ReferenceGolden(new ObjectMapper().readTree(in), corrected);
        }
    }

    private SaeConfig config(String variant, JsonNode c) {
        int batchRows = c.get("batch_rows").asInt();
        long pAnnealFrom = c.path("anneal_start").asLong(0);
        Jobs jobs = Jobs.of(variant)
                .features(c.get("features").asInt())
                .k(c.path("k").asInt(4))
                .targetL0(c.path("target_l0").asDouble(4))
                .learningRate(c.get("lr").asDouble())
                .adamBeta1(c.get("betas").get(0).asDouble())
                .gradientClip(c.get("gradient_clip").asDouble())
                .auxK(c.path("auxk_alpha").asDouble(0), c.path("aux_k").asInt(0))
                .sparsity(
                        c.path("l1_penalty")
                                .asDouble(c.path("initial_sparsity_penalty").asDouble(1)),
                        corrected ? 0 : 2,
                        corrected ? 0 : 0.01)
                .jump(
                        0.001,
                        c.path("bandwidth").asDouble(1),
                        c.path("sparsity_penalty").asDouble(1))
                .pAnneal(
                        c.path("p_end").asDouble(0.2),
                        c.path("n_sparsity_updates").asInt(10),
                        c.path("sparsity_function").asText("").equals("Lp") ? PNorm.LP : PNorm.LP_POWER)
                .groups(groups(c));
        if (corrected) {
            double rows = c.get("steps").asDouble() * batchRows;
            jobs.schedule(0, 0, 1, Math.min(1, c.get("dead_after_rows").asDouble() / rows));
        } else {
            jobs.asDictionaryLearning(new DictionaryLearningConfig(
                    0,
                    0,
                    0,
                    c.path("dead_after_rows").asLong(10_000_000),
                    c.path("threshold_start_step").asLong(1000),
                    c.path("threshold_beta").asDouble(0.999),
                    pAnnealFrom,
                    0,
                    0));
        }
        return jobs.sae(
                c.get("width").asInt(),
                c.path("anneal_end").asLong(c.get("steps").asLong()),
                batchRows);
    }

    private static String groups(JsonNode c) {
        if (!c.has("group_fractions")) {
            return "1";
        }
        StringBuilder groups = new StringBuilder();
        c.get("group_fractions")
                .forEach(share -> groups.append(share.asDouble()).append(' '));
        return groups.toString();
    }

    /** The package's name of one of our weights. */
    private String theirs(String name) {
        return name.equals("b_enc") && root.get("params").has("b_gate") ? "b_gate" : name;
    }

    private Params params(List<String> extras) {
        Params params = Params.zeros(config.features(), config.width(), extras);
        assertThat(params.names()).hasSize(root.get("params").size());
        for (int i = 0; i < params.names().size(); i++) {
            String name = theirs(params.names().get(i));
            params.all().get(i).set(floats(root.get("params").get(name)));
        }
        return params;
    }

    private Mat batch(int step) {
        return Mat.of(
                config.batchRows(), config.width(), floats(root.get("batches").get(step)));
    }

    private Map<String, Object> counters() {
        if (!root.has("rows_since_fired")) {
            return Map.of();
        }
        return Map.of("dead.rows_since_fired", longs(root.get("rows_since_fired")));
    }

    private static long[] longs(JsonNode array) {
        return Arrays.stream(numbers(array)).mapToLong(Math::round).toArray();
    }

    /** The gradient of the first update, element by element. */
    public void assertGradients(Ops ops) {
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params(sae.params().extraNames()), counters());
            sae.step(batch(0), root.get("config").get("first_step").asLong(), false);
            Params got = sae.gradient().weights();
            JsonNode step = root.get("steps").get(0);
            for (int i = 0; i < got.names().size(); i++) {
                String name = got.names().get(i);
                boolean projected = name.equals("W_dec") && step.has("decoder_gradient_projected");
                double[] wanted = numbers(
                        projected
                                ? step.get("decoder_gradient_projected")
                                : step.get("gradients").get(theirs(name)));
                double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
                assertThat(largest).as("largest gradient of " + name).isPositive();
                float[] values = got.all().get(i).toArray();
                for (int j = 0; j < wanted.length; j++) {
                    assertThat((double) values[j])
                            .as("gradient of %s[%d]", name, j)
                            .isCloseTo(wanted[j], within(1e-5 * largest));
                }
            }
        }
    }

    /** The losses of each update, what the updates together changed, and what is kept beside the weights. */
    public void assertUpdates(Ops ops) {
        try (TrainLoop loop = new TrainLoop(config, ops);
                Sae shape = Variants.create(config, ops)) {
            Params start = params(shape.params().extraNames());
            Map<String, Object> counters = new HashMap<>(counters());
            counters.put(
                    "step", new long[] {root.get("config").get("first_step").asLong()});
            States.setParams(loop, start, counters);
            for (int step = 0; step < root.get("batches").size(); step++) {
                assertLosses(step, loop.step(batch(step), false));
            }
            State end = States.of(loop);
            for (String name : start.names()) {
                GoldenNumbers.assertChange(root, theirs(name), States.mat(end, name));
            }
            assertAfter(end);
        }
    }

    private void assertLosses(int step, LossTerms got) {
        JsonNode golden = root.get("steps").get(step);
        JsonNode losses = golden.get("terms");
        assertThat(got.terms()).as("terms").hasSize(losses.size());
        losses.properties().forEach(loss -> {
            double wanted = loss.getValue().asDouble();
            String name = TERMS.getOrDefault(loss.getKey(), loss.getKey());
            assertThat(wanted).as("%s, which is to act", name).isPositive();
            assertThat(got.terms().get(name))
                    .as("%s of update %d", name, step)
                    .isCloseTo(wanted, within(LOSS_TOLERANCE * wanted));
        });
        assertThat(got.l0())
                .as("L0 of update %d", step)
                .isEqualTo(golden.get("l0").asDouble());
        if (golden.has("p")) {
            assertThat(got.curves().get("p")).isCloseTo(golden.get("p").asDouble(), within(1e-6));
            assertThat(got.curves().get("sparsity_lambda"))
                    .isCloseTo(golden.get("sparsity_coefficient").asDouble(), within(1e-5));
        }
    }

    private void assertAfter(State end) {
        JsonNode after = root.get("after");
        if (after.has("threshold") && !corrected) {
            assertThat(end.doubles("threshold.moving", 2)[0])
                    .isCloseTo(after.get("threshold").asDouble(), within(1e-5));
        }
        if (after.has("rows_since_fired")) {
            assertThat(end.longs("dead.rows_since_fired", config.features()))
                    .isEqualTo(longs(after.get("rows_since_fired")));
        }
    }
}
