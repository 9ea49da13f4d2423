package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A quantile is an order statistic, or lies between two of them in proportion. */
class QuantileTest {
    @Test
    void of_severalValues_isOneOfThemOrBetweenTwo() {
        List<Double> rising = List.of(0.0, 1.0, 2.0, 6.0);

        assertThat(Quantile.of(rising, 0)).isZero();
        assertThat(Quantile.of(rising, 0.5)).isEqualTo(1.5);
        assertThat(Quantile.of(rising, 0.95)).isCloseTo(5.4, within(1e-12));
        assertThat(Quantile.of(rising, 1)).isEqualTo(6);
    }

    @Test
    void of_oneValue_isThatValue() {
        assertThat(Quantile.of(List.of(7.0), 0.95)).isEqualTo(7);
    }
}
