package org.unweave.model.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.State;
import org.unweave.model.sae.States;

/** The probe's updates are Adam's on the logistic loss, and it learns what can be told. */
class OnlineProbeTest {
    private static final double[][] ROWS = {{2, 1}, {0, 1}};
    private static final boolean[] LABELS = {true, false};

    @Test
    void update_twice_isAdamsStepWorkedByHand() {
        OnlineProbe probe = new OnlineProbe("probe", 2, 0.1, 0.01);

        probe.update(ROWS, LABELS);

        // Errors -1/4 and 1/4 of the mean: gradient (-0.5, 0, 0). The first step is the rate, whatever the size.
        assertThat(probe.weights()).containsExactly(new double[] {0.1, 0, 0}, within(1e-8));

        probe.update(ROWS, LABELS);

        // Logits 0.2 and 0: errors -0.2250830 and 0.25. Gradient of w0: -0.4501660 + 0.01 * 0.1; of w1 and the bias:
        // 0.0249170.
        double g0 = -2 * 0.225083000 + 0.001;
        double g1 = 0.024917000;
        double first0 = (0.9 * 0.1 * -0.5 + 0.1 * g0) / (1 - 0.81);
        double second0 = (0.999 * 0.001 * 0.25 + 0.001 * g0 * g0) / (1 - 0.999 * 0.999);
        double first1 = 0.1 * g1 / (1 - 0.81);
        double second1 = 0.001 * g1 * g1 / (1 - 0.999 * 0.999);
        double w0 = 0.1 - 0.1 * first0 / Math.sqrt(second0);
        double w1 = -0.1 * first1 / Math.sqrt(second1);
        assertThat(probe.weights()).containsExactly(new double[] {w0, w1, w1}, within(1e-6));
        assertThat(w0).isCloseTo(0.1997, within(1e-3));
        assertThat(probe.updates()).isEqualTo(2);
    }

    @Test
    void update_penalty_drawsTheWeightsAndNotTheBias() {
        OnlineProbe probe = new OnlineProbe("probe", 1, 0.1, 1);
        State state = new State();
        state.put("probe.weights", 3.0, 2.0);
        state.put("probe.first", new double[2]);
        state.put("probe.second", new double[2]);
        state.put("probe.updates", 0L);
        probe.load(state);

        // Rows of zeros: the weight has no gradient but the penalty's. Both labels, so the bias goes back to 0 by
        // itself.
        probe.update(new double[][] {{0}, {0}}, new boolean[] {true, true});

        assertThat(probe.weights()[0]).isCloseTo(2.9, within(1e-6));
        assertThat(probe.weights()[1]).isCloseTo(2.1, within(1e-6));
    }

    @Test
    void update_separableSet_learnsToTellUnseenRows() {
        OnlineProbe probe = new OnlineProbe("probe", 6, 0.01, 0.001);
        Random random = new Random(4);
        for (int batch = 0; batch < 200; batch++) {
            double[][] rows = new double[24][];
            boolean[] labels = new boolean[24];
            fill(rows, labels, random);
            probe.update(rows, labels);
        }
        double[][] rows = new double[500][];
        boolean[] labels = new boolean[500];
        fill(rows, labels, random);

        assertThat(probe.accuracy(rows, labels)).isGreaterThan(0.97);
        assertThat(Math.abs(probe.weights()[2])).isGreaterThan(3 * Math.abs(probe.weights()[3]));
    }

    // The label is whether the third number is large; the others tell nothing.
    private static void fill(double[][] rows, boolean[] labels, Random random) {
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.doubles(6).toArray();
            labels[i] = random.nextBoolean();
            rows[i][2] = (labels[i] ? 1.6 : 0.2) + 0.6 * random.nextDouble();
        }
    }

    @Test
    void accuracy_nothingLearned_saysZeroOfEveryRow() {
        OnlineProbe probe = new OnlineProbe("probe", 2, 0.1, 0);

        assertThat(probe.accuracy(ROWS, LABELS)).isEqualTo(0.5);
        assertThat(probe.accuracy(ROWS, new boolean[] {false, false})).isOne();
        assertThat(probe.accuracy(new double[0][], new boolean[0])).isZero();
    }

    @Test
    void load_savedState_goesOnWithTheSameBits() {
        OnlineProbe probe = new OnlineProbe("probe", 2, 0.1, 0.01);
        probe.update(ROWS, LABELS);
        OnlineProbe other = new OnlineProbe("probe", 2, 0.1, 0.01);
        other.load(States.of(probe));

        probe.update(ROWS, LABELS);
        other.update(ROWS, LABELS);

        States.assertSameBits(States.of(other), States.of(probe));
    }
}
