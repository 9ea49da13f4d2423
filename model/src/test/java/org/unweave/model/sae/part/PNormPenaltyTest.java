package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unweave.config.JobConfig.PNorm;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.DenseCodes;
import org.unweave.model.sae.States;

/**
 * The penalty of p-anneal: when its exponent changes, that its factor keeps the penalty of the last batches as it was, and
 * that it survives a checkpoint in the middle.
 */
class PNormPenaltyTest {
    private final Workspace workspace = new Workspace(new ReferenceOps());

    /** From step 10 to 50 in three stages, so at 10, 30 and, never reached, 50; exponents 1, 0.7 and 0.4. */
    private static PNormPenalty penalty(PNorm norm) {
        return new PNormPenalty(norm, 0.4, 3, 10, 50, new SparsityServo(0.5, 0, 0, 4), step -> 1);
    }

    private Forward forward(Codes codes, long step) {
        Mat none = Mat.zeros(codes.rows(), 1);
        return new Forward(step, none, none, codes, none, Params.zeros(codes.features(), 1, List.of()), workspace);
    }

    /** Codes that differ from step to step; the last row is silent. */
    private static Codes codes(long step) {
        return DenseCodes.of(
                new float[] {1 + step / 50f, 0, 0.25f}, new float[] {0, 0.5f + step / 25f, 0}, new float[] {0, 0, 0});
    }

    private double observe(PNormPenalty penalty, Codes codes, long step) {
        Forward forward = forward(codes, step);
        penalty.observe(forward);
        return value(penalty, forward);
    }

    private static double value(PNormPenalty penalty, Forward forward) {
        try (Gradient gradient = new Gradient(forward.codes().features(), 1, List.of())) {
            gradient.clear(forward.codes());
            return penalty.add(forward, gradient);
        }
    }

    private static double curve(PNormPenalty penalty, String name) {
        return Objects.requireNonNull(penalty.curves().get(name));
    }

    @Test
    void exponent_overTheRun_fallsAfterTheStepsOfTheStagesAndNeverReachesTheEnd() {
        PNormPenalty penalty = penalty(PNorm.LP_POWER);
        List<Double> exponents = new ArrayList<>();
        for (long step = 0; step < 50; step++) {
            observe(penalty, codes(step), step);
            exponents.add(curve(penalty, "p"));
        }
        assertThat(exponents.subList(0, 31)).containsOnly(1.0);
        assertThat(exponents.subList(31, 50)).containsOnly((double) 0.7f);
    }

    @ParameterizedTest
    @EnumSource(PNorm.class)
    void value_sameCodesAcrossAStage_isContinuous(PNorm norm) {
        PNormPenalty penalty = penalty(norm);
        double before = 0;
        for (long step = 0; step <= 30; step++) {
            before = observe(penalty, codes(7), step);
        }
        double factor = curve(penalty, "sparsity_lambda");

        double after = observe(penalty, codes(7), 31);

        assertThat(curve(penalty, "p")).isEqualTo(0.7f);
        assertThat(after).isCloseTo(before, within(1e-12));
        assertThat(curve(penalty, "sparsity_lambda")).isNotCloseTo(factor, within(0.01));
    }

    @ParameterizedTest
    @EnumSource(PNorm.class)
    void factor_codesThatDiffer_isScaledByTheMeansOfTheLastTenBatches(PNorm norm) {
        PNormPenalty penalty = penalty(norm);
        double before = 0;
        double after = 0;
        for (long step = 0; step <= 31; step++) {
            observe(penalty, codes(step), step);
            if (step > 20 && step <= 30) {
                before += formula(norm, step, 1);
                after += formula(norm, step, 0.7f);
            }
        }
        assertThat(curve(penalty, "sparsity_lambda")).isCloseTo(0.5 * before / after, within(1e-12));
    }

    private static double formula(PNorm norm, long step, double p) {
        double outer = norm == PNorm.LP ? 1 / p : 1;
        double one = Math.pow(1 + step / 50f, p) + Math.pow(0.25, p);
        double other = Math.pow(0.5f + step / 25f, p);
        return (Math.pow(one, outer) + Math.pow(other, outer)) / 3;
    }

    @ParameterizedTest
    @EnumSource(PNorm.class)
    void add_rowsWithoutActiveLatents_isFinite(PNorm norm) {
        PNormPenalty penalty = penalty(norm);
        for (long step = 0; step <= 31; step++) {
            assertThat(observe(penalty, DenseCodes.row(0, 0, 0), step)).isZero();
        }
        assertThat(curve(penalty, "sparsity_lambda"))
                .as("no batch to compare by")
                .isEqualTo(0.5);
        assertThat(curve(penalty, "p")).isEqualTo(0.7f);
    }

    @ParameterizedTest
    @EnumSource(PNorm.class)
    void load_savedBeforeAndWithinAndAfterTheQueue_goesOnWithTheSameBits(PNorm norm) {
        for (long savedAfter : new long[] {5, 13, 27, 30, 34}) {
            PNormPenalty penalty = penalty(norm);
            PNormPenalty other = penalty(norm);
            for (long step = 0; step < 50; step++) {
                double value = observe(penalty, codes(step), step);
                if (step > savedAfter) {
                    assertThat(observe(other, codes(step), step)).isEqualTo(value);
                }
                if (step == savedAfter) {
                    other.load(States.of(penalty));
                }
            }
            States.assertSameBits(States.of(other), States.of(penalty));
        }
    }
}
