package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossOracle;

/** The nested reconstruction against its formula; with one group it is the plain reconstruction. */
class NestedReconstructionTest {
    private static final int FEATURES = 24;
    private static final int WIDTH = 8;

    private final Params params = GradientCheck.weights(FEATURES, WIDTH, 105);
    private final Mat xBD = GradientCheck.batch(16, WIDTH, 106);
    private final LossOracle oracle = LossOracle.topK(xBD, params, 4);

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    private Forward forward(Term term, Ops ops) {
        return GradientCheck.forward(xBD, params, Jobs.topK(4, FEATURES, WIDTH), new Workspace(ops), term);
    }

    private static double value(Term term, Forward forward) {
        try (Gradient gradient = new Gradient(FEATURES, WIDTH, List.of())) {
            gradient.clear(forward.codes());
            return term.add(forward, gradient);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void add_groupsOfManySizes_isTheFormulaAndItsDerivative(Ops ops) {
        // A group of one latent leaves most rows without any.
        for (List<Integer> ends : List.of(List.of(1, 2, 7, 24), List.of(12, 24), List.of(23, 24))) {
            Term term = new NestedReconstruction(ends, 0.4);
            Forward forward = forward(term, ops);
            var expected = oracle.nested(0.4, ends.stream().mapToInt(end -> end).toArray());

            assertThat(value(term, forward)).isCloseTo(oracle.value(expected), within(1e-5));
            GradientCheck.assertMatches(GradientCheck.gradient(term, forward), oracle, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void add_oneGroup_isThePlainReconstruction(Ops ops) {
        Term nested = new NestedReconstruction(List.of(FEATURES), 1);
        Term plain = new Reconstruction();
        Forward forward = forward(plain, ops);

        assertThat(value(nested, forward)).isEqualTo(value(plain, forward));
        assertThat(GradientCheck.gradient(nested, forward))
                .containsExactly(GradientCheck.gradient(plain, forward), within(1e-7));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void add_twice_isTheSameAndLeavesTheForwardPassAsItIs(Ops ops) {
        Term term = new NestedReconstruction(List.of(6, 12, 24), 1);
        Forward forward = forward(term, ops);
        float[] error = forward.errorBD().toArray();
        float[] codes = Arrays.copyOf(forward.codes().value(), forward.codes().entries());

        double first = value(term, forward);

        assertThat(value(term, forward)).isEqualTo(first);
        assertThat(forward.errorBD().toArray()).containsExactly(error);
        assertThat(Arrays.copyOf(forward.codes().value(), forward.codes().entries()))
                .containsExactly(codes);
    }
}
