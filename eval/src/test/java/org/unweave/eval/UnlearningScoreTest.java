package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.unweave.eval.UnlearningScore.Counts;

/** The score of made-up tables of answers. */
class UnlearningScoreTest {
    private static final double GATE = 0.99;

    @Test
    void gate_ofTheReferencesQuestions_letsThreeOf308Go() {
        assertThat(new Counts(0, 533, 305, 308, true).value(GATE)).isZero();
        assertThat(new Counts(0, 533, 304, 308, true).value(GATE)).isEqualTo(1);
        assertThat(UnlearningScore.mostWrong(308, GATE)).isEqualTo(3);
        assertThat(UnlearningScore.mostWrong(100, GATE)).isEqualTo(1);
        assertThat(UnlearningScore.mostWrong(99, GATE)).isZero();
        assertThat(UnlearningScore.mostWrong(5, 0)).isEqualTo(5);
    }

    @Test
    void score_isTheMostForgottenWithinTheGate() {
        List<Counts> counts = List.of(
                new Counts(530, 533, 308, 308, true),
                new Counts(481, 533, 306, 308, true),
                new Counts(100, 533, 300, 308, true),
                new Counts(0, 533, 308, 308, false));
        assertThat(UnlearningScore.score(counts, GATE)).isCloseTo(52.0 / 533, within(1e-12));
        assertThat(UnlearningScore.best(counts, GATE)).isEqualTo(1);
    }

    @Test
    void score_ofNothingDone_isExactlyZero() {
        List<Counts> unchanged = List.of(new Counts(533, 533, 308, 308, true));
        assertThat(UnlearningScore.score(unchanged, GATE)).isZero();
        assertThat(UnlearningScore.score(List.of(), GATE)).isZero();
        assertThat(UnlearningScore.best(List.of(new Counts(0, 9, 0, 9, true)), GATE))
                .isEqualTo(-1);
        assertThat(UnlearningScore.area(unchanged, 0)).isZero();
    }

    @Test
    void area_ofTwoSteps_isTheirMean() {
        List<Counts> counts = List.of(
                new Counts(60, 100, 90, 100, true),
                new Counts(20, 100, 50, 100, true),
                new Counts(0, 100, 80, 100, false));
        // 80 forgotten down to a half, 40 from there to nine tenths, nothing above.
        assertThat(UnlearningScore.area(counts, 0)).isCloseTo(0.5 * 0.8 + 0.4 * 0.4, within(1e-12));
        assertThat(UnlearningScore.area(counts, 0.8)).isCloseTo(0.4 * 0.5, within(1e-12));
    }
}
