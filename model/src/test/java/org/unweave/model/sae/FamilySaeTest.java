package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.model.sae.TextLosses.texts;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;

/**
 * Every term can be switched on over every activation, and its gradient is that of its formula there; what is measured of
 * labelled texts changes nothing else.
 */
class FamilySaeTest {
    private static final int FEATURES = 24;
    private static final int WIDTH = 8;
    private static final int PLAIN = 16;
    private static final LabelledTexts TEXTS =
            texts(PLAIN, 2, "00", "01", "10", "11", "01h", "10h", "11", "00", "00h", "11h");
    private static final int ROWS = PLAIN + 20;

    private static Jobs job(String variant) {
        return Jobs.of(variant).features(FEATURES).similarity(0, 512, 0.95, 2).jump(0.1, 0.3, 0.7);
    }

    private static Jobs withTerms(Scope scope) {
        return job("baseline")
                .adversarial(0.7, scope)
                .orthogonality(0.4, FEATURES)
                .contrastive(0.3, 0.2);
    }

    static Stream<Arguments> activations() {
        return Stream.of(ActivationKind.TOPK, ActivationKind.BATCH_TOPK, ActivationKind.RELU, ActivationKind.JUMP_RELU)
                .flatMap(kind -> Stream.of(Scope.values())
                        .flatMap(scope -> Stream.of(new ReferenceOps(), new SimdOps(new Team(1)))
                                .map(ops -> Arguments.of(kind, scope, ops))));
    }

    /** A probe that has learned, of which the attribution is not what it would be by its weights. */
    private static Map<String, Object> known() {
        double[] weights = new double[FEATURES + 1];
        double[] attribution = new double[FEATURES];
        for (int f = 0; f < FEATURES; f++) {
            weights[f] = Math.sin(3 * f + 1);
            attribution[f] = (f % 5 + 1) / 72.0;
        }
        weights[FEATURES] = 0.3;
        Map<String, Object> known = new HashMap<>();
        known.put("probe.spurious.weights", weights);
        known.put("probe.spurious.updates", new long[] {3});
        known.put("probe.spurious.accuracy", new double[] {0.8 * (1 - Math.pow(0.95, 2))});
        known.put("probe.spurious.accuracy.updates", new long[] {2});
        known.put("attribution.sum", attribution);
        known.put("attribution.updates", new long[] {1_000_000});
        known.put("attribution.threshold", new double[] {4.3 / 72});
        known.put("attribution.threshold.updates", new long[] {1_000_000});
        return known;
    }

    private static Params weights(ActivationKind kind) {
        if (kind != ActivationKind.JUMP_RELU) {
            return GradientCheck.weights(FEATURES, WIDTH, 25);
        }
        Params params = GradientCheck.weights(FEATURES, WIDTH, List.of("threshold"), 25);
        for (int f = 0; f < FEATURES; f++) {
            params.extra("threshold").set(0, f, -0.05f + 0.02f * f);
        }
        return params;
    }

    private static double[] doubles(State state, String name) {
        return ((double[]) Objects.requireNonNull(state.arrays().get(name), name)).clone();
    }

    private static long updates(State state, String name) {
        return ((long[]) Objects.requireNonNull(state.arrays().get(name), name))[0];
    }

    // The latents above the threshold as the batch has left it, which the terms go by.
    private static int[] above(Sae sae) {
        State state = States.of(sae);
        double[] attribution = doubles(state, "attribution.sum");
        double bar = doubles(state, "attribution.threshold")[0]
                / (1 - Math.pow(0.95, updates(state, "attribution.threshold.updates")));
        double correction = 1 - Math.pow(0.95, updates(state, "attribution.updates"));
        return IntStream.range(0, FEATURES)
                .filter(f -> attribution[f] / correction > bar)
                .toArray();
    }

    private static int[] leftOut(Scope scope, int[] above) {
        return scope == Scope.ALL ? new int[0] : above;
    }

    @ParameterizedTest
    @MethodSource("activations")
    void gradient_everyTermOverTheActivation_isThatOfItsFormula(ActivationKind kind, Scope scope, Ops ops) {
        SaeConfig config = withTerms(scope).activation(kind).sae(WIDTH, 100, PLAIN);
        Params params = weights(kind);
        Mat xBD = GradientCheck.batch(ROWS, WIDTH, 26);
        try (Sae sae = Variants.create(config, ops)) {
            States.setParams(sae, params, known());

            LossTerms loss = sae.step(xBD, TEXTS, 7, false);

            int[] above = above(sae);
            assertThat(above).hasSizeBetween(2, FEATURES / 3);
            double scale = loss.curves().get("adversarial_scale");
            assertThat(scale).isGreaterThan(0.1);
            var adversarial = TextLosses.adversarial(TEXTS, 0.7 * scale, weightsBefore(), leftOut(scope, above));
            var contrastive = TextLosses.contrastive(TEXTS, 0.3, 0.2);
            LossOracle oracle = switch (kind) {
                case BATCH_TOPK -> LossOracle.batchTopK(xBD, params, 4 * ROWS);
                case RELU, JUMP_RELU -> LossOracle.relu(xBD, params);
                default -> LossOracle.topK(xBD, params, 4);
            };
            ToDoubleFunction<double[]> orthogonality = oracle.orthogonality(0.4, above);
            assertThat(loss.terms().get("orthogonality"))
                    .isPositive()
                    .isCloseTo(oracle.value(orthogonality), within(1e-6));
            if (kind == ActivationKind.JUMP_RELU) {
                JumpReluOracle jump = new JumpReluOracle(xBD, params, 0.3f);
                double[] expected = sum(
                        jump.gradient(0.7, 4, false),
                        jump.gradientOfCodes(adversarial),
                        jump.gradientOfCodes(contrastive),
                        oracle.gradient(orthogonality));
                GradientCheck.assertMatches(sae.gradient().weights(), expected);
                return;
            }
            assertThat(loss.terms().get("adversarial"))
                    .isPositive()
                    .isCloseTo(oracle.value(oracle.ofCodes(adversarial)), within(1e-6));
            assertThat(loss.terms().get("contrastive"))
                    .isPositive()
                    .isCloseTo(oracle.value(oracle.ofCodes(contrastive)), within(1e-6));
            ToDoubleFunction<double[]> own =
                    kind == ActivationKind.RELU ? oracle.l1(0.1) : oracle.auxK(0, 1); // none is dead
            GradientCheck.assertMatches(
                    LossOracle.flat(sae.gradient().weights()),
                    oracle,
                    w -> oracle.reconstruction().applyAsDouble(w)
                            + own.applyAsDouble(w)
                            + oracle.ofCodes(adversarial).applyAsDouble(w)
                            + oracle.ofCodes(contrastive).applyAsDouble(w)
                            + orthogonality.applyAsDouble(w));
        }
    }

    // The probe's weights before the batch, without its bias.
    private static double[] weightsBefore() {
        return Arrays.copyOf((double[]) Objects.requireNonNull(known().get("probe.spurious.weights")), FEATURES);
    }

    private static double[] sum(double[]... vectors) {
        double[] sum = new double[vectors[0].length];
        for (double[] vector : vectors) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += vector[i];
            }
        }
        return sum;
    }

    @Test
    void gradient_probesThatLearn_doesNotReachTheSae() {
        Mat xBD = GradientCheck.batch(ROWS, WIDTH, 26);
        try (Sae with = Variants.create(
                        job("baseline").adversarial(9, Scope.ALL).sae(WIDTH, 100, PLAIN), new ReferenceOps());
                Sae without = Variants.create(job("baseline").sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
            with.initialise(xBD);
            without.initialise(xBD);

            // The term is 0 as long as the probe has not learned, which it does in this batch.
            with.step(xBD, TEXTS, 0, false);
            without.step(xBD, TEXTS, 0, false);

            assertThat(updates(States.of(with), "probe.spurious.updates")).isOne();
            assertThat(LossOracle.flat(with.gradient().weights()))
                    .containsExactly(LossOracle.flat(without.gradient().weights()));
        }
    }

    @Test
    void probes_andAttribution_hangOnTheCodesAloneAndNotOnTheTerms() {
        Mat xBD = GradientCheck.batch(ROWS, WIDTH, 26);
        State[] states = new State[3];
        for (int i = 0; i < states.length; i++) {
            Jobs jobs = i == 1 ? withTerms(Scope.ALL).adversarial(50, Scope.ALL) : withTerms(Scope.ALL);
            try (Sae sae = Variants.create(jobs.sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
                sae.initialise(xBD);
                sae.step(xBD, TEXTS, 0, i == 2);
                sae.step(xBD, TEXTS, 1, i == 2);
                states[i] = States.of(sae);
            }
        }
        assertThat(States.differences(states[0], states[1])).containsExactly("labelled.value.adversarial");
        assertThat(States.differences(states[0], states[2]))
                .as("measured")
                .allMatch(name -> name.startsWith("labelled.share."));
    }

    @Test
    void step_withoutLabelledTexts_leavesProbesAndAttributionAndShowsTheLastValues() {
        Mat xBD = GradientCheck.batch(ROWS, WIDTH, 26);
        Mat plainBD = GradientCheck.batch(PLAIN, WIDTH, 27);
        try (Sae sae = Variants.create(withTerms(Scope.ALL).sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
            sae.initialise(xBD);
            sae.step(xBD, TEXTS, 0, false);
            LossTerms labelled = sae.step(xBD, TEXTS, 1, true);
            State before = States.of(sae);

            LossTerms plain = sae.step(plainBD, 2, true);

            assertThat(States.differences(before, States.of(sae))).isSubsetOf("threshold.moving");
            assertThat(labelled.terms().get("adversarial")).isPositive();
            for (String term : List.of("adversarial", "contrastive")) {
                assertThat(plain.terms().get(term)).isEqualTo(labelled.terms().get(term));
                assertThat(plain.gradientShare().get(term))
                        .isEqualTo(labelled.gradientShare().get(term))
                        .isPositive();
            }
            // They are shown, and are no part of this batch's loss.
            assertThat(plain.loss())
                    .isCloseTo(
                            plain.terms().get("reconstruction")
                                    + plain.terms().get("aux_k")
                                    + plain.terms().get("orthogonality"),
                            within(1e-9));
            assertThat(plain.terms().get("orthogonality")).isPositive();
        }
    }

    @Test
    void measuredShare_isThatOfTheTermsGradientOnBothMatrices() {
        Mat xBD = GradientCheck.batch(ROWS, WIDTH, 26);
        Params params = weights(ActivationKind.TOPK);
        try (Sae sae = Variants.create(withTerms(Scope.ALL).sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
            States.setParams(sae, params, known());
            LossTerms loss = sae.step(xBD, TEXTS, 7, true);
            LossOracle oracle = LossOracle.topK(xBD, params, 4);
            double reconstruction = matrixNorm(oracle.gradient(oracle.reconstruction()));
            double contrastive = matrixNorm(oracle.gradient(oracle.ofCodes(TextLosses.contrastive(TEXTS, 0.3, 0.2))));

            assertThat(loss.gradientShare().get("contrastive")).isCloseTo(contrastive / reconstruction, within(1e-5));
            assertThat(loss.gradientShare().get("adversarial")).isPositive();
            assertThat(loss.gradientShare().get("orthogonality")).isPositive();
        }
    }

    private static double matrixNorm(double[] gradient) {
        double sum = 0;
        int fd = FEATURES * WIDTH;
        for (int i = 0; i < fd; i++) {
            sum += gradient[i] * gradient[i] + gradient[fd + FEATURES + i] * gradient[fd + FEATURES + i];
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @CsvSource({
        "baseline, TOPK, reconstruction aux_k",
        "baseline, BATCH_TOPK, reconstruction aux_k",
        "baseline, RELU, reconstruction l1",
        "baseline, JUMP_RELU, reconstruction target_l0",
        "self-aligned, RELU, reconstruction l1",
    })
    void terms_ofAnActivation_areThoseOfItsReference(String variant, ActivationKind kind, String terms) {
        Mat xBD = GradientCheck.batch(PLAIN, WIDTH, 26);
        try (Sae sae = Variants.create(job(variant).activation(kind).sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
            sae.initialise(xBD);

            assertThat(sae.step(xBD, 0, false).terms().keySet()).containsExactlyInAnyOrder(terms.split(" "));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "baseline, AUTO, TopKForm",
        "attribution-adversarial, AUTO, TopKForm",
        "contrastive, RELU, ReluForm",
        "contrastive, JUMP_RELU, JumpReluForm",
        "contrastive, BATCH_TOPK, JumpReluForm",
        "self-aligned, AUTO, JumpReluForm",
        "self-aligned, TOPK, TopKForm",
    })
    void freeze_activationOfTheConfig_decidesTheForm(String variant, ActivationKind kind, String form) {
        Mat xBD = GradientCheck.batch(PLAIN, WIDTH, 26);
        try (Sae sae = Variants.create(job(variant).activation(kind).sae(WIDTH, 100, PLAIN), new ReferenceOps())) {
            sae.initialise(xBD);
            sae.step(xBD, 50, false);
            try (FrozenSae frozen = sae.freeze()) {
                assertThat(frozen.getClass().getSimpleName()).isEqualTo(form);
            }
        }
    }
}
