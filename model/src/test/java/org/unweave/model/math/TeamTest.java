package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each index is worked on once, by no more threads than there are, and nothing is still at work after the call. */
class TeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void blocks_manyCalls_workOnEachIndexOnceAndAreDoneAtTheEnd(int threads) {
        AtomicInteger atWork = new AtomicInteger();
        try (Team team = new Team(threads)) {
            for (int count = 0; count < 300; count++) {
                AtomicIntegerArray times = new AtomicIntegerArray(Math.max(1, count));
                team.blocks(count, 1 + count % 5, (from, to) -> {
                    atWork.incrementAndGet();
                    for (int i = from; i < to; i++) {
                        times.incrementAndGet(i);
                    }
                    atWork.decrementAndGet();
                });
                assertThat(atWork).hasValue(0);
                for (int i = 0; i < count; i++) {
                    assertThat(times.get(i)).as("index %d of %d", i, count).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void blocks_pieceThatWaitsForAnother_isWorkedOnBesideIt() {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch both = new CountDownLatch(2);
        try (Team team = new Team(2)) {
            team.blocks(2, 1, (from, to) -> {
                seen.add(Thread.currentThread());
                both.countDown();
                awaitQuietly(both);
            });
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    void blocks_failureInAHelper_reachesTheCallerAfterTheOthersAreDone() {
        CountDownLatch helperBegan = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        AtomicInteger done = new AtomicInteger();
        try (Team team = new Team(2)) {
            assertThatThrownBy(() -> team.blocks(2, 1, (from, to) -> {
                        if (Thread.currentThread() == caller) {
                            awaitQuietly(helperBegan);
                            done.incrementAndGet();
                            return;
                        }
                        helperBegan.countDown();
                        throw new IllegalArgumentException("piece " + from);
                    }))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);
            assertThat(done).hasValue(1);
        }
    }

    /** An error too: memory that the caller frees then must not be written to any more. */
    @Test
    void blocks_errorInTheCaller_isThrownAfterTheHelpersAreDone() {
        CountDownLatch helperBegan = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        AtomicBoolean failing = new AtomicBoolean();
        AtomicBoolean returned = new AtomicBoolean();
        AtomicBoolean helperDone = new AtomicBoolean();
        try (Team team = new Team(2)) {
            assertThatThrownBy(() -> team.blocks(2, 1, (from, to) -> {
                        if (Thread.currentThread() == caller) {
                            awaitQuietly(helperBegan);
                            failing.set(true);
                            throw new OutOfMemoryError("piece " + from);
                        }
                        helperBegan.countDown();
                        while (!returned.get() && !(failing.get() && caller.getState() == Thread.State.WAITING)) {
                            Thread.onSpinWait();
                        }
                        helperDone.set(true);
                    }))
                    .isInstanceOf(OutOfMemoryError.class);
            boolean before = helperDone.get();
            returned.set(true);
            assertThat(before).as("the helper was done when the call ended").isTrue();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
