package org.unweave.cluster.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unweave.cluster.events.Event.Kind;
import org.unweave.cluster.events.EventRing.Page;
import org.unweave.cluster.events.EventRing.Wanted;

/** Events come in order and once, to whoever reads at its own pace; a slow reader learns that some are gone, and nobody waits for it. */
class EventRingTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Wanted ALL = new Wanted(Set.of(), EnumSet.allOf(Kind.class), 0);

    private final EventRing ring = new EventRing("life");

    private CompletableFuture<Page> after(long number, Wanted wanted, int most) {
        return ring.after(number, wanted, most, LONG).toCompletableFuture();
    }

    private static List<String> json(Page page) {
        return page.events().stream().map(Event::json).toList();
    }

    @Test
    void events_areReadInOrder_andGoneOnWith() {
        for (int i = 1; i <= 5; i++) {
            ring.add(i % 2 == 0 ? Kind.METRICS : Kind.JOB, "run", "e" + i);
        }
        Page first = after(0, ALL, 3).join();
        assertThat(json(first)).containsExactly("e1", "e2", "e3");
        assertThat(first.lost()).isFalse();
        Page second = after(first.next(), ALL, 3).join();
        assertThat(json(second)).containsExactly("e4", "e5");
        assertThat(second.next()).isEqualTo(ring.last()).isEqualTo(5);
    }

    @Test
    void reader_thatIsThrough_waitsForWhatItWants() {
        ring.add(Kind.JOB, "other", "old");
        CompletableFuture<Page> page = after(1, new Wanted(Set.of("run"), Set.of(Kind.JOB, Kind.LOG), 30_000), 10);
        ring.add(Kind.JOB, "other", "of another run");
        ring.add(Kind.METRICS, "run", "of another kind");
        ring.add(Kind.LOG, "run", 20_000, "of a lower level");
        assertThat(page).isNotDone();
        ring.add(Kind.LOG, "run", 30_000, "wanted");

        assertThat(json(page.join())).containsExactly("wanted");
        assertThat(page.join().next()).isEqualTo(5);
        assertThat(ring.waiting()).isZero();
    }

    @Test
    void events_aboutNoRun_comeToAll() {
        CompletableFuture<Page> page = after(0, new Wanted(Set.of("run"), Set.of(Kind.NODE_LOST), 0), 10);
        ring.add(Kind.NODE_LOST, "", "a node");
        assertThat(json(page.join())).containsExactly("a node");
    }

    @Test
    void slowReader_losesTheOldestPoints_butNoChanges() {
        ring.add(Kind.JOB, "run", "change");
        IntStream.rangeClosed(1, 10_000).forEach(i -> ring.add(Kind.METRICS, "run", "p" + i));
        ring.add(Kind.CHECKPOINT, "run", "another change");

        Page page = after(0, ALL, 20_000).join();
        assertThat(page.lost()).isTrue();
        assertThat(page.events()).hasSize(Event.Keep.POINTS.most() + 2);
        assertThat(json(page)).startsWith("change").endsWith("p10000", "another change");
        assertThat(after(0, new Wanted(Set.of(), Set.of(Kind.JOB, Kind.CHECKPOINT), 0), 10)
                        .join()
                        .lost())
                .isFalse();
        assertThat(after(page.next() - 1, ALL, 10).join().lost()).isFalse();
    }

    @Test
    void numbers_ofAProcessBefore_giveAllThatIsKept() {
        ring.add(Kind.JOB, "run", "change");
        Page page = after(Long.MAX_VALUE, ALL, 10).join();
        assertThat(page.lost()).isTrue();
        assertThat(json(page)).containsExactly("change");
    }

    @Test
    void patience_thatIsOver_givesNothing_andLeavesNothingBehind() throws Exception {
        Page page = ring.after(0, ALL, 10, Duration.ofMillis(1))
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES);
        assertThat(page).isEqualTo(new Page(List.of(), 0, false, false));
        assertThat(ring.waiting()).isZero();
    }

    @Test
    void close_endsWhoWaits_andWhoComesLater() {
        ring.add(Kind.JOB, "run", "last");
        CompletableFuture<Page> waiting = after(1, ALL, 10);
        ring.close();
        assertThat(waiting.join().closed()).isTrue();
        Page later = after(0, ALL, 10).join();
        assertThat(json(later)).containsExactly("last");
        assertThat(later.closed()).isTrue();
    }
}
