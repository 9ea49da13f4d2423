package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The learning rate rises from 0, is level, and falls to 0. */
class LrScheduleTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0.5", "3, 1.5", "4, 2", "11, 2", "16, 2", "17, 1.5", "18, 1", "19, 0.5", "20, 0"})
    void at_wholeSchedule_isTheTable(long step, double rate) {
        LrSchedule schedule = new LrSchedule(2, 4, 16, 20, 0);

        assertThat(schedule.at(step)).isEqualTo(rate);
    }

    @Test
    void at_noWarmupAndNoDecay_isLevelFromTheFirstStepToTheLast() {
        LrSchedule schedule = new LrSchedule(2, 0, 20, 20, 0);

        assertThat(schedule.at(0)).isEqualTo(2);
        assertThat(schedule.at(19)).isEqualTo(2);
    }

    @Test
    void at_shareThatIsNoWholeStep_staysBelowThePeakUntilItIsOver() {
        LrSchedule schedule = new LrSchedule(2, 2.5, 50, 50, 0);

        assertThat(schedule.at(2)).isEqualTo(2 * 2 / 2.5);
        assertThat(schedule.at(3)).isEqualTo(2);
    }

    @Test
    void at_latentsDrawnAnewEveryTenSteps_risesAgainEachTimeAndDoesNotFall() {
        LrSchedule schedule = new LrSchedule(2, 4, 16, 20, 10);

        assertThat(schedule.at(9)).isEqualTo(2);
        assertThat(schedule.at(10)).isEqualTo(0);
        assertThat(schedule.at(12)).isEqualTo(1);
        assertThat(schedule.at(19)).isEqualTo(2);
    }
}
