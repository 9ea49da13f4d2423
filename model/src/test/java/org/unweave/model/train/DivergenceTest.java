package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.States;
import org.unweave.model.sae.variant.Variants;

/** A loss that grows is noticed while all numbers are still finite, and a spike or a hard start is none. */
class DivergenceTest {
    private final Divergence divergence = new Divergence();

    private static LossTerms loss(double reconstruction) {
        return new LossTerms(reconstruction, Map.of("reconstruction", reconstruction), Map.of(), Map.of(), 4, 0, 0);
    }

    private void check(double... reconstructions) {
        for (double reconstruction : reconstructions) {
            divergence.check(loss(reconstruction), 5);
        }
    }

    @Test
    void check_lossThatFalls_isNone() {
        check(1.5, 1, 0.5, 0.1, 0.05);
    }

    @Test
    void check_oneSpike_isNoneUnlessItIsHuge() {
        check(1, 0.5);
        check(90); // 0.9 * 0.95 + 0.1 * 90 is below 10
        assertThatThrownBy(() -> check(90)).isInstanceOf(DivergedException.class);
    }

    @Test
    void check_lossThatStaysAboveTenTimesItsStart_isOneWithNumbersAndStep() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 200; i++) {
                        check(i == 0 ? 2 : 25);
                    }
                })
                .isInstanceOf(DivergedException.class)
                .hasMessageContaining("step 5")
                .hasMessageContaining("20.")
                .hasMessageContaining("no more than 2.00");
    }

    @Test
    void check_hardStart_isItsOwnMeasure() {
        for (int i = 0; i < 300; i++) {
            check(40);
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 300; i++) {
                        check(450);
                    }
                })
                .isInstanceOf(DivergedException.class);
    }

    @Test
    void check_easyStart_isMeasuredByAnSaeThatSaysNothing() {
        check(0.01);
        for (int i = 0; i < 300; i++) {
            check(9.9);
        }
    }

    @Test
    void check_refused_leavesTheMeanAsItWas() {
        check(1, 1, 1);
        State before = States.of(divergence);
        assertThatThrownBy(() -> check(1e9)).isInstanceOf(DivergedException.class);
        States.assertSameBits(States.of(divergence), before);
        check(1, 1);
    }

    @Test
    void load_savedState_goesOnFromThere() {
        Divergence other = new Divergence();
        check(3, 20, 40);
        other.load(States.of(divergence));
        check(60);
        other.check(loss(60), 6);
        States.assertSameBits(States.of(other), States.of(divergence));
        assertThat(States.of(other).doubles("divergence.loss", 2)[0]).isCloseTo(3, within(1e-12));
    }

    static Stream<String> variants() {
        return Variants.names().stream();
    }

    private static Mat batch(long step) {
        return GradientCheck.batch(64, 8, 700 + step);
    }

    /** At a learning rate that throws the weights about; none of the rates is so large that one update overflows. */
    private static TrainLoop loop(String variant, double learningRate) {
        return new TrainLoop(
                Jobs.of(variant).features(32).learningRate(learningRate).sae(8, 400, 64), new SimdOps(new Team(1)));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_hugeLearningRate_isRefusedWhileAllIsFinite(String variant) {
        try (TrainLoop loop = loop(variant, 100)) {
            Throwable thrown = null;
            State before = States.of(loop);
            while (thrown == null && !loop.done()) {
                before = States.of(loop);
                thrown = catchThrowable(() -> loop.step(batch(loop.step()), false));
            }
            assertThat(thrown)
                    .isInstanceOf(DivergedException.class)
                    .hasMessageContaining("step " + loop.step())
                    .hasMessageContaining("the loss has diverged");
            State after = States.of(loop);
            assertThat(States.differences(after, before))
                    .as("only what counts a batch before its update")
                    .allMatch(name -> Stream.of("similarity.", "sparsity.", "p_norm.", "threshold.moving")
                            .anyMatch(name::startsWith));
            for (Object array : after.arrays().values()) {
                if (array instanceof Mat mat) {
                    assertThat(new ReferenceOps().sumOfSquares(mat)).isFinite();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void step_usualLearningRate_isNeverRefused(String variant) {
        try (TrainLoop loop = loop(variant, 1e-2)) {
            while (!loop.done()) {
                loop.step(batch(loop.step()), false);
            }
        }
    }

    @Test
    void step_afterARollbackWithALowerRate_goesOn() {
        try (TrainLoop loop = loop("topk", 1e-2)) {
            while (loop.step() < 20) {
                loop.step(batch(loop.step()), false);
            }
            State checkpoint = States.of(loop);
            loop.setLearningRateFactor(1e4);
            assertThatThrownBy(() -> {
                        while (!loop.done()) {
                            loop.step(batch(loop.step()), false);
                        }
                    })
                    .isInstanceOf(DivergedException.class);

            loop.load(checkpoint);

            assertThat(loop.learningRateFactor()).isEqualTo(1);
            while (!loop.done()) {
                loop.step(batch(loop.step()), false);
            }
            assertThat(loop.step()).isEqualTo(400);
        }
    }
}
