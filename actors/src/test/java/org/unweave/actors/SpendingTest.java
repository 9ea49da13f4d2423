package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every moment goes to one thing, and none is lost. */
class SpendingTest {
    private static final long SECOND = 1_000_000_000;

    private long now = 5 * SECOND;

    @Test
    void time_goesToWhatATrainerIsAt() {
        Spending time = new Spending(() -> now);
        now += SECOND;
        time.on(Spending.On.SLOT);
        now += 2 * SECOND;
        time.on(Spending.On.COMPUTE);
        now += 3 * SECOND;
        time.on(Spending.On.CHECKPOINT);
        now += 4 * SECOND;
        time.on(Spending.On.EXCHANGE);
        now += 5 * SECOND;
        time.on(Spending.On.PAUSED);
        now += 6 * SECOND;

        assertThat(time.soFar()).isEqualTo(new MetricsHub.Spent(3, 1, 2, 5, 4, 6));
        now += SECOND;
        assertThat(time.soFar()).isEqualTo(new MetricsHub.Spent(3, 1, 2, 5, 4, 7));
    }
}
