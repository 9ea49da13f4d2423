package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.LossOracle;
import org.unweave.model.sae.ReluActivation;

/** The L1 penalty's value, gradient, warm-up, and the steering of its factor towards the target L0. */
class L1PenaltyTest {
    private final Workspace workspace = new Workspace(new ReferenceOps());

    /** One row, of which this many latents are active with value 1. */
    private Forward active(int latents, long step) {
        Codes codes = new Codes(100);
        codes.reset(1, latents);
        for (int i = 0; i < latents; i++) {
            codes.feature()[i] = i;
            codes.value()[i] = 1;
        }
        codes.rowStart()[1] = latents;
        Mat row = Mat.zeros(1, 1);
        return new Forward(step, row, row, codes, row, Params.zeros(100, 1, List.of()), workspace);
    }

    private static L1Penalty penalty(
            double initial, double gain, double integralGain, double targetL0, double warmupSteps) {
        return new L1Penalty(
                new SparsityServo(initial, gain, integralGain, targetL0),
                step -> warmupSteps == 0 ? 1 : Math.min(1, step / warmupSteps));
    }

    private static double lambda(L1Penalty penalty) {
        return Objects.requireNonNull(penalty.curves().get("sparsity_lambda"));
    }

    @Test
    void lambda_l0AboveOrBelowTheTarget_risesOrFalls() {
        L1Penalty penalty = penalty(0.5, 2, 0.01, 10, 0);

        penalty.observe(active(12, 0));
        double error = Math.log(1.2);
        assertThat(lambda(penalty)).isCloseTo(0.5 * Math.exp(2.01 * error), within(1e-12));
        penalty.observe(active(12, 1));
        assertThat(lambda(penalty)).isCloseTo(0.5 * Math.exp(2.02 * error), within(1e-12));
        penalty.observe(active(10, 2));
        assertThat(lambda(penalty)).isCloseTo(0.5 * Math.exp(0.02 * error), within(1e-12));
        penalty.observe(active(8, 3));
        assertThat(lambda(penalty))
                .isCloseTo(0.5 * Math.exp(2.01 * Math.log(0.8) + 0.02 * error), within(1e-12))
                .isLessThan(0.5);
    }

    @Test
    void lambda_l0FarFromTheTarget_isHeldByTheClip() {
        L1Penalty penalty = penalty(0.5, 2, 0.01, 2, 0);
        penalty.observe(active(100, 0));
        assertThat(lambda(penalty)).isCloseTo(0.5 * Math.exp(2.01), within(1e-12));

        L1Penalty starved = penalty(0.5, 2, 0.01, 50, 0);
        starved.observe(active(0, 0));
        assertThat(lambda(starved)).isCloseTo(0.5 * Math.exp(-2.01), within(1e-12));
    }

    @Test
    void value_duringTheWarmup_risesFromZero() {
        L1Penalty penalty = penalty(0.5, 0, 0, 4, 10);
        for (long step : new long[] {0, 5, 10, 20}) {
            Forward forward = active(4, step);
            penalty.observe(forward);
            try (Gradient gradient = new Gradient(100, 1, List.of())) {
                gradient.clear(forward.codes());
                double factor = 0.5 * Math.min(1, step / 10.0);
                assertThat(penalty.add(forward, gradient)).isCloseTo(4 * factor, within(1e-12));
                assertThat(gradient.codes()[3]).isCloseTo((float) factor, within(1e-7f));
            }
        }
    }

    @Test
    void gradient_ofTheTermAlone_isThatOfCentralDifferences() {
        Params params = GradientCheck.weights(24, 8, 35);
        Mat xBD = GradientCheck.batch(16, 8, 36);
        LossOracle oracle = LossOracle.relu(xBD, params);
        L1Penalty penalty = penalty(0.7, 0, 0, 4, 0);
        Forward forward = GradientCheck.forward(xBD, params, new ReluActivation(true, false), workspace);
        penalty.observe(forward);

        double[] gradient = GradientCheck.gradient(penalty, forward);

        GradientCheck.assertMatches(gradient, oracle, oracle.l1(0.7));
        assertThat(oracle.part("W_dec", gradient)).containsOnly(0);
    }

    @Test
    void load_savedState_steersOnFromThere() {
        L1Penalty penalty = penalty(0.5, 2, 0.01, 10, 0);
        for (int step = 0; step < 5; step++) {
            penalty.observe(active(20, step));
        }
        State state = new State();
        penalty.save(state);
        L1Penalty other = penalty(0.5, 2, 0.01, 10, 0);

        other.load(state);
        penalty.observe(active(9, 5));
        other.observe(active(9, 5));

        assertThat(lambda(other)).isEqualTo(lambda(penalty));
    }
}
