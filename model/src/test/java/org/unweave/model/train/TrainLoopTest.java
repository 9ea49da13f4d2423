package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.variant.Variants;

/**
 * For every registered variant: the state after an update is a function of the state before it and of the batch, to the
 * bit, whatever was measured, interrupted or shared among threads; and what is not finite is refused.
 */
class TrainLoopTest {
    private static final int STEPS = 30;
    // Odd sizes, several blocks of rows and features each, so that threads do share the work.
    private static final int ROWS = 150;
    private static final int WIDTH = 19;
    private static final int FEATURES = 301;

    private final Ops ops = new SimdOps(new Team(1));

    static Set<String> variants() {
        return Variants.names();
    }

    private static Jobs job(String variant) {
        return Jobs.of(variant)
                .features(FEATURES)
                .k(5)
                .targetL0(20)
                .learningRate(5e-3)
                .schedule(0.1, 0.2, 0.8, 0.1)
                .sparsity(0.05, 2, 0.01)
                .similarity(Jobs.takesTerms(variant) ? 0.3 : 0, 64, 0.95, 1);
    }

    private static SaeConfig config(String variant) {
        return job(variant).sae(WIDTH, STEPS, ROWS);
    }

    private static Mat batch(long step) {
        return GradientCheck.batch(ROWS, WIDTH, 1000 + step);
    }

    private static List<LossTerms> run(TrainLoop loop, long until, boolean measure) {
        List<LossTerms> losses = new ArrayList<>();
        while (loop.step() < until) {
            losses.add(loop.step(batch(loop.step()), measure));
        }
        return losses;
    }

    private State whole(SaeConfig config, Ops with) {
        try (TrainLoop loop = new TrainLoop(config, with)) {
            run(loop, STEPS, false);
            assertThat(loop.done()).isTrue();
            return States.of(loop);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void load_savedAtARandomStep_goesOnWithTheSameBits(String variant) {
        State uninterrupted = whole(config(variant), ops);
        Random random = new Random(variant.hashCode());
        for (int trial = 0; trial < 3; trial++) {
            State saved;
            try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
                run(loop, random.nextInt(STEPS), false);
                saved = States.of(loop);
            }
            try (TrainLoop resumed = new TrainLoop(config(variant), ops)) {
                run(resumed, trial, false); // what a loop did before it was loaded leaves no trace
                resumed.load(saved);
                run(resumed, STEPS, false);
                States.assertSameBits(States.of(resumed), uninterrupted);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_severalThreadsAgainAndAgain_givesTheBitsOfOne(String variant) {
        State ofOne = whole(config(variant), ops);
        for (int threads : new int[] {3, 2, 3}) {
            try (Team team = new Team(threads);
                    Ops several = new SimdOps(team)) {
                States.assertSameBits(whole(config(variant), several), ofOne);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_measuredOrNot_givesTheSameBitsAndLosses(String variant) {
        try (TrainLoop measured = new TrainLoop(config(variant), ops);
                TrainLoop plain = new TrainLoop(config(variant), ops)) {
            List<LossTerms> withShares = run(measured, 20, true);
            List<LossTerms> without = run(plain, 20, false);

            States.assertSameBits(States.of(measured), States.of(plain));
            for (int step = 0; step < 20; step++) {
                assertThat(withShares.get(step).terms())
                        .isEqualTo(without.get(step).terms());
                Map<String, Double> curves = new HashMap<>(withShares.get(step).curves());
                int apart = curves.size();
                curves.keySet().removeIf(name -> name.endsWith("_gradient_norm"));
                apart -= curves.size();
                assertThat(curves).isEqualTo(without.get(step).curves());
                assertThat(without.get(step).gradientShare()).isEmpty();
                assertThat(withShares.get(step).gradientShare().keySet())
                        .as("a share for each term but the reconstruction, and those that have a norm instead")
                        .hasSize(without.get(step).terms().size() - 1 - apart);
                assertThat(apart).isEqualTo(variant.equals("jump-relu") ? 1 : 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_termsThatClaimToAct_haveAShareOfTheGradient(String variant) {
        Set<String> acted = new HashSet<>();
        try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
            List<LossTerms> losses = run(loop, STEPS, true);
            for (LossTerms loss : losses) {
                loss.gradientShare().forEach((term, share) -> {
                    double value = loss.terms().getOrDefault(term, 0.0);
                    assertThat(share > 0)
                            .as("%s is %s, its share %s", term, value, share)
                            .isEqualTo(value > 0);
                    if (value > 0) {
                        acted.add(term);
                    }
                });
                if (loss.terms().getOrDefault("target_l0", 0.0) > 0) { // which reaches the thresholds only
                    assertThat(loss.curves().get("target_l0_gradient_norm")).isPositive();
                }
            }
            assertThat(acted)
                    .as("terms that acted at least once")
                    .isEqualTo(losses.getFirst().gradientShare().keySet());
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void measure_rowsThatAreNotTrainedOn_changesNoBit(String variant) {
        try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
            for (int step = 0; step < STEPS; step++) {
                loop.step(batch(step), false);
                loop.measure(GradientCheck.batch(7, WIDTH, step));
            }
            States.assertSameBits(States.of(loop), whole(config(variant), ops));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_sameSeedOrAnother_givesTheSameBitsOrOthers(String variant) {
        State one = whole(config(variant), ops);

        States.assertSameBits(whole(config(variant), ops), one);
        assertThat(States.differences(whole(job(variant).seed(2).sae(WIDTH, STEPS, ROWS), ops), one))
                .contains("W_enc", "b_enc", "W_dec", "b_dec");
    }

    static Stream<Arguments> variantsAndBadNumbers() {
        return Variants.names().stream()
                .flatMap(variant -> Stream.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f)
                        .map(bad -> Arguments.of(variant, bad)));
    }

    @ParameterizedTest
    @MethodSource("variantsAndBadNumbers")
    void step_batchWithANumberThatIsNotFinite_isRefusedAndLeavesTheParameters(String variant, float bad) {
        try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
            run(loop, 5, false);
            State before = States.of(loop);
            Mat xBD = batch(5);
            xBD.set(70, 3, bad);

            assertThatThrownBy(() -> loop.step(xBD, false))
                    .isInstanceOf(DivergedException.class)
                    .hasMessageContaining("step 5");

            assertThat(loop.step()).isEqualTo(5);
            assertThat(States.differences(States.of(loop), before))
                    .allMatch(name -> Stream.of("similarity.", "sparsity.", "p_norm.", "threshold.moving")
                            .anyMatch(name::startsWith));

            loop.load(before);
            run(loop, STEPS, false);
            States.assertSameBits(States.of(loop), whole(config(variant), ops));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_firstOfAWarmup_movesNothingButTheConstraint(String variant) {
        try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
            assertThat(loop.learningRate()).isZero();
            loop.step(batch(0), false);
            float[] enc = States.mat(States.of(loop), "W_enc").toArray();
            assertThat(States.mat(States.of(loop), "b_enc").toArray()).containsOnly(0);
            float[] dec = States.mat(States.of(loop), "W_dec").toArray();

            for (int i = 0; i < WIDTH * FEATURES; i += WIDTH) {
                double encNorm = norm(enc, i);
                double decNorm = variant.equals("standard-april") ? encNorm : 1; // which has no constraint
                assertThat(norm(dec, i)).isCloseTo(decNorm, within(1e-6));
                for (int d = 0; d < WIDTH; d++) {
                    assertThat((double) dec[i + d]).isCloseTo(enc[i + d] * decNorm / encNorm, within(1e-6));
                }
            }
        }
    }

    private static double norm(float[] values, int from) {
        double square = 0;
        for (int d = 0; d < WIDTH; d++) {
            square += (double) values[from + d] * values[from + d];
        }
        return Math.sqrt(square);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void setLearningRateFactor_half_halvesTheRateAndIsSaved(String variant) {
        try (TrainLoop loop = new TrainLoop(config(variant), ops);
                TrainLoop other = new TrainLoop(config(variant), ops)) {
            run(loop, 10, false);
            double rate = loop.learningRate();

            loop.setLearningRateFactor(0.5);
            other.load(States.of(loop));

            assertThat(loop.learningRate()).isEqualTo(rate / 2);
            assertThat(other.learningRate()).isEqualTo(rate / 2);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void freeze_rowsInTheModelsScale_areEncodedAndDecodedAsThoseInTrainings(String variant) {
        float scale = 0.25f;
        Mat scaledBD = GradientCheck.batch(40, WIDTH, 9);
        Mat rawBD = scaledBD.copy();
        new ReferenceOps().scale(rawBD, 1 / scale);
        Codes codes = new Codes(FEATURES);
        Codes wanted = new Codes(FEATURES);
        try (FrozenSae frozen = trained(variant, scale);
                FrozenSae unscaled = trained(variant, 1);
                Workspace workspace = new Workspace(new ReferenceOps())) {
            frozen.encode(rawBD, workspace, codes);
            unscaled.encode(scaledBD, workspace, wanted);

            assertThat(codes.entries()).isEqualTo(wanted.entries()).isPositive();
            for (int j = 0; j < codes.entries(); j++) {
                assertThat(codes.feature()[j]).isEqualTo(wanted.feature()[j]);
                assertThat(codes.value()[j] * scale).isCloseTo(wanted.value()[j], within(1e-5f));
            }
            Mat decodedBD = Mat.zeros(40, WIDTH);
            Mat wantedBD = Mat.zeros(40, WIDTH);
            frozen.decode(codes, workspace, decodedBD);
            unscaled.decode(wanted, workspace, wantedBD);
            for (int row = 0; row < 40; row++) {
                for (int d = 0; d < WIDTH; d++) {
                    assertThat(decodedBD.get(row, d) * scale).isCloseTo(wantedBD.get(row, d), within(1e-5f));
                }
            }
        }
    }

    // The frozen form stands on its own: the loop is closed.
    private FrozenSae trained(String variant, double scale) {
        try (TrainLoop loop = new TrainLoop(job(variant).sae(WIDTH, STEPS, ROWS, scale), ops)) {
            run(loop, STEPS, false);
            return loop.freeze();
        }
    }

    /** Those whose latents are selected within a batch are not: a row that stands alone is cut at a threshold. */
    static Stream<String> variantsOfSingleRows() {
        return Variants.names().stream()
                .filter(name ->
                        !Set.of("batch-topk", "matryoshka", "self-aligned").contains(name));
    }

    @ParameterizedTest
    @MethodSource("variantsOfSingleRows")
    void freeze_sameRows_areReconstructedAsInTraining(String variant) {
        Mat xBD = GradientCheck.batch(40, WIDTH, 9);
        Codes codes = new Codes(FEATURES);
        try (TrainLoop loop = new TrainLoop(config(variant), ops);
                Workspace workspace = new Workspace(new ReferenceOps())) {
            run(loop, STEPS, false);
            LossTerms training = loop.measure(xBD);
            try (FrozenSae frozen = loop.freeze()) {
                frozen.encode(xBD, workspace, codes);
                Mat errorBD = Mat.zeros(40, WIDTH);
                frozen.decode(codes, workspace, errorBD);
                workspace.ops().subtract(xBD, errorBD, errorBD);

                assertThat(workspace.ops().sumOfSquares(errorBD) / 40).isCloseTo(training.loss(), within(1e-5));
                assertThat(codes.l0()).isCloseTo(training.l0(), within(1e-9));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void takeDensity_afterSomeSteps_isTheMeanL0PerLatent(String variant) {
        try (TrainLoop loop = new TrainLoop(config(variant), ops)) {
            double l0 = run(loop, 10, false).stream()
                    .mapToDouble(LossTerms::l0)
                    .average()
                    .orElseThrow();

            double sum = 0;
            for (double density : loop.takeDensity()) {
                sum += density;
            }
            assertThat(sum).isCloseTo(l0, within(1e-9));
        }
    }
}
