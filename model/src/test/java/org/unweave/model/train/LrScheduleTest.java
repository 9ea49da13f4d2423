package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.config.JobConfig.ScheduleConfig;

/** The learning rate rises from 0, is level, and falls to 0. */
class LrScheduleTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0.5", "3, 1.5", "4, 2", "11, 2", "16, 2", "17, 1.5", "18, 1", "19, 0.5", "20, 0"})
    void at_wholeSchedule_isTheTable(long step, double rate) {
        LrSchedule schedule = LrSchedule.of(2, new ScheduleConfig(0.2, 0, 0.8, 1), 20);

        assertThat(schedule.at(step)).isEqualTo(rate);
    }

    @Test
    void at_noWarmupAndNoDecay_isLevelFromTheFirstStepToTheLast() {
        LrSchedule schedule = LrSchedule.of(2, new ScheduleConfig(0, 0, 1, 1), 20);

        assertThat(schedule.at(0)).isEqualTo(2);
        assertThat(schedule.at(19)).isEqualTo(2);
    }

    @Test
    void at_shareThatIsNoWholeStep_staysBelowThePeakUntilItIsOver() {
        LrSchedule schedule = LrSchedule.of(2, new ScheduleConfig(0.05, 0, 1, 1), 50);

        assertThat(schedule.at(2)).isEqualTo(2 * 2 / 2.5);
        assertThat(schedule.at(3)).isEqualTo(2);
    }
}
