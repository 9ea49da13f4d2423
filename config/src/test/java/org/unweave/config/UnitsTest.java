package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins that quantities keep their value through text, and that one without a unit is refused. */
class UnitsTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 999, 1_000_000, 60_000_000_000L, 90_061_000_000_001L, Long.MAX_VALUE})
    void duration_written_isReadBack(long nanos) {
        Duration duration = Duration.ofNanos(nanos);
        assertThat(Units.duration(Units.text(duration))).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1023, 1024, 8L << 30, (8L << 30) + 1, Long.MAX_VALUE})
    void size_written_isReadBack(long bytes) {
        assertThat(Units.bytes(Units.text(bytes))).isEqualTo(bytes);
    }

    @Test
    void quantities_areReadWithFractionsAndWithoutSpace() {
        assertThat(Units.duration("1.5s")).isEqualTo(Duration.ofMillis(1500));
        assertThat(Units.bytes("0.5 KiB")).isEqualTo(512);
        assertThat(Units.bytes("2 GB")).isEqualTo(2_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "1 S", "1e3 s", "1 s s", "0.5 ns", "99999999999 d"})
    void duration_ofAnotherForm_isRefused(String text) {
        assertThatThrownBy(() -> Units.duration(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
