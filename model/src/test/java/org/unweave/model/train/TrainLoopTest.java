package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
import org.unweave.model.sae.Activation;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.ReluActivation;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.TopKActivation;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Params;
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
                .similarity(0.3, 64, 0.95, 1);
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
    void step_threeThreads_givesTheBitsOfOne(String variant) {
        try (Ops three = new SimdOps(new Team(3))) {
            States.assertSameBits(whole(config(variant), three), whole(config(variant), ops));
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
                assertThat(withShares.get(step).curves())
                        .isEqualTo(without.get(step).curves());
                assertThat(without.get(step).gradientShare()).isEmpty();
                assertThat(withShares.get(step).gradientShare().keySet())
                        .as("a share for each term but the reconstruction")
                        .hasSize(without.get(step).terms().size() - 1);
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
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageContaining("step 5");

            assertThat(loop.step()).isEqualTo(5);
            assertThat(States.differences(States.of(loop), before))
                    .allMatch(name -> name.startsWith("similarity.") || name.startsWith("l1."));

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
                assertThat(norm(dec, i)).isCloseTo(1, within(1e-6));
                for (int d = 0; d < WIDTH; d++) {
                    assertThat((double) dec[i + d]).isCloseTo(enc[i + d] / encNorm, within(1e-6));
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
    void freeze_rowsInTheModelsScale_areEncodedAndDecodedAsInTraining(String variant) {
        float scale = 0.25f;
        Mat rawBD = GradientCheck.batch(40, WIDTH, 9);
        Mat scaledBD = rawBD.copy();
        new ReferenceOps().scale(rawBD, 1 / scale);
        Codes codes = new Codes(FEATURES);
        try (TrainLoop loop = new TrainLoop(job(variant).sae(WIDTH, STEPS, ROWS, scale), ops);
                Workspace workspace = new Workspace(new ReferenceOps())) {
            run(loop, STEPS, false);
            State state = States.of(loop);
            FrozenSae frozen = loop.freeze();
            loop.close(); // the frozen form stands on its own
            Activation activation = frozen instanceof ReluForm ? new ReluActivation() : new TopKActivation(5);
            Forward training = GradientCheck.forward(scaledBD, params(state), activation, workspace);

            frozen.encode(rawBD, workspace, codes);
            Mat decodedBD = Mat.zeros(40, WIDTH);
            frozen.decode(codes, workspace, decodedBD);

            assertThat(codes.entries()).isEqualTo(training.codes().entries()).isPositive();
            for (int j = 0; j < codes.entries(); j++) {
                assertThat(codes.feature()[j]).isEqualTo(training.codes().feature()[j]);
                assertThat(codes.value()[j] * scale).isCloseTo(training.codes().value()[j], within(1e-5f));
            }
            for (int row = 0; row < 40; row++) {
                for (int d = 0; d < WIDTH; d++) {
                    float reconstruction =
                            scaledBD.get(row, d) - training.errorBD().get(row, d);
                    assertThat(decodedBD.get(row, d) * scale).isCloseTo(reconstruction, within(1e-5f));
                }
            }
        }
    }

    private static Params params(State state) {
        return new Params(
                States.mat(state, "W_enc"),
                States.mat(state, "b_enc"),
                States.mat(state, "W_dec"),
                States.mat(state, "b_dec"));
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
