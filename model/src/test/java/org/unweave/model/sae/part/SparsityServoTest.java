package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.State;
import org.unweave.model.sae.Jobs;

/** The steering of a penalty's factor: its law, its limits, its warm-up, and where it is not steered at all. */
class SparsityServoTest {
    private static SparsityServo servo(double gain, double integralGain) {
        return new SparsityServo(0.5, gain, integralGain, 8);
    }

    @Test
    void lambda_beforeTheFirstBatch_isZero() {
        assertThat(servo(2, 0.1).lambda()).isZero();
    }

    @Test
    void lambda_withoutGains_isConstantBesideItsWarmup() {
        SparsityServo servo = servo(0, 0);
        for (double l0 : new double[] {0, 3, 8, 500}) {
            servo.observe(l0, 1);
            assertThat(servo.lambda()).isEqualTo(0.5);
            servo.observe(l0, 0.25);
            assertThat(servo.lambda()).isEqualTo(0.125);
        }
    }

    @Test
    void lambda_twoBatches_isThatOfTheLaw() {
        SparsityServo servo = servo(2, 0.1);
        servo.observe(12, 1);
        servo.observe(6, 0.5);

        double error = Math.log(6 / 8.0);
        double sum = Math.log(12 / 8.0) + error;
        assertThat(servo.lambda()).isCloseTo(0.5 * 0.5 * Math.exp(2 * error + 0.1 * sum), within(1e-12));
    }

    @Test
    void lambda_l0FarOff_movesByTheClippedErrorOnly() {
        SparsityServo above = servo(2, 0.1);
        above.observe(1e9, 1);
        assertThat(above.lambda()).isCloseTo(0.5 * Math.exp(2.1), within(1e-12));
        SparsityServo below = servo(2, 0.1);
        below.observe(0, 1);
        assertThat(below.lambda()).isCloseTo(0.5 * Math.exp(-2.1), within(1e-12));
    }

    @Test
    void lambda_atTheTarget_staysWhereTheSumHasBroughtIt() {
        SparsityServo servo = servo(2, 0.1);
        for (int i = 0; i < 20; i++) {
            servo.observe(10, 1);
        }
        servo.observe(8, 1);
        double reached = servo.lambda();
        servo.observe(8, 1);

        assertThat(reached).isCloseTo(0.5 * Math.exp(0.1 * 20 * Math.log(10 / 8.0)), within(1e-12));
        assertThat(servo.lambda()).isEqualTo(reached);
    }

    @Test
    void load_savedState_steersOnFromThere() {
        SparsityServo servo = servo(2, 0.1);
        servo.observe(12, 1);
        servo.observe(11, 1);
        State state = new State();
        servo.save(state);
        SparsityServo other = servo(2, 0.1);

        other.load(state);
        other.observe(9, 1);
        servo.observe(9, 1);

        assertThat(other.lambda()).isEqualTo(servo.lambda());
    }

    @Test
    void servo_asDictionaryLearning_isConstant() {
        Jobs job = Jobs.of("standard").targetL0(2).sparsity(0.5, 2, 0.1);
        SparsityServo ours = job.sae(8, 100, 16).servo();
        SparsityServo theirs = job.asDictionaryLearning().sae(8, 100, 16).servo();

        ours.observe(20, 1);
        theirs.observe(20, 1);

        assertThat(theirs.lambda()).isEqualTo(0.5);
        assertThat(ours.lambda()).isCloseTo(0.5 * Math.exp(2.1), within(1e-12));
    }
}
