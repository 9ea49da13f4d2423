package org.unweave.cluster.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unweave.actors.Meter;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.Slots;

/** Whatever a hub of any node measures is an event, and how the job or node stands from then on. */
class EventFeedTest {
    private static final Duration WAIT = Duration.ofMinutes(1);

    private final ActorTestKit kit = ActorTestKit.create();
    private final AtomicLong nanos = new AtomicLong();
    private final EventRing ring = new EventRing("life");
    private final ClusterState state = new ClusterState(nanos::get);
    private final ActorRef<MetricsHub.Command> hub = kit.spawn(MetricsHub.create());
    private long read;

    @BeforeEach
    void listen() {
        kit.spawn(EventFeed.create(ring, state));
        kit.system().receptionist().tell(Receptionist.register(MetricsHub.HUBS, hub));
    }

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private List<Event> events(int count) throws Exception {
        List<Event> all = new ArrayList<>();
        while (all.size() < count) {
            EventRing.Page page = ring.after(
                            read, new EventRing.Wanted(Set.of(), EnumSet.allOf(Event.Kind.class), 0), count, WAIT)
                    .toCompletableFuture()
                    .get(2, TimeUnit.MINUTES);
            assertThat(page.events()).isNotEmpty();
            all.addAll(page.events());
            read = page.next();
        }
        return all;
    }

    private static JsonNode json(Event event) throws Exception {
        return new ObjectMapper().readTree(event.json());
    }

    private static MetricsHub.JobMetrics line(String split, long step, double loss) {
        return new MetricsHub.JobMetrics(
                "run",
                "topk",
                0,
                split,
                step,
                100,
                step * 32,
                1.5,
                loss,
                Map.of("auxk", 0.1),
                Map.of(),
                Map.of(),
                4,
                0.7,
                0.01,
                1e-3,
                1000,
                new MetricsHub.Spent(1, 2, 3, 4, 5, 6));
    }

    @Test
    void lines_areEventsAsTheyStandInTheFile_andTheNewestStand() throws Exception {
        hub.tell(line("train", 10, 0.5));
        hub.tell(line("held-out", 10, Double.NaN));
        List<Event> events = events(2);

        assertThat(events)
                .allMatch(event ->
                        event.kind() == Event.Kind.METRICS && event.run().equals("run"));
        JsonNode first = json(events.getFirst());
        assertThat(first.path("loss").asDouble()).isEqualTo(0.5);
        assertThat(first.path("terms").path("auxk").asDouble()).isEqualTo(0.1);
        assertThat(first.path("spent_s").path("checkpoint").asDouble()).isEqualTo(5);
        assertThat(json(events.get(1)).path("loss").isNull()).isTrue();
        assertThat(state.jobs()).hasSize(1).first().satisfies(job -> {
            assertThat(job.train()).isEqualTo(line("train", 10, 0.5));
            assertThat(job.heldOut()).isEqualTo(line("held-out", 10, Double.NaN));
            assertThat(job.standing()).isNull();
        });
    }

    @Test
    void nodes_areForgottenWhenTheyAreSilent() throws Exception {
        hub.tell(new MetricsHub.NodeMetrics(
                "n",
                "n#1",
                "http://n",
                List.of(new Slots.SeatUse("cpu", 2, 1, 3, 9)),
                List.of("run/topk"),
                1,
                0,
                List.of(new Meter.ActorUse("trainer-run-topk-0", "trainer", 2, 40)),
                10,
                20,
                -1));
        JsonNode event = json(events(1).getFirst());
        assertThat(event.path("slots").get(0).path("waiting").asInt()).isEqualTo(3);
        assertThat(event.path("cpu_share").isNull()).isTrue();
        assertThat(event.has("actors")).isFalse();

        nanos.set(TimeUnit.SECONDS.toNanos(29));
        JsonNode node = EventJson.node(state.nodes().getFirst());
        assertThat(node.path("age_s").asDouble()).isEqualTo(29);
        assertThat(node.path("actors").get(0).path("mailbox").asInt()).isEqualTo(2);
        nanos.set(TimeUnit.SECONDS.toNanos(31));
        assertThat(state.nodes()).isEmpty();
    }

    @Test
    void feed_thatBeginsLate_isToldHowAllStands() throws Exception {
        hub.tell(line("train", 10, 0.5));
        hub.tell(line("train", 20, 0.4));
        // Whether the first was in time for the feed is chance.
        while (!events(1).getLast().json().contains("\"step\":20")) {
            continue;
        }
        EventRing late = new EventRing("late");
        ClusterState known = new ClusterState(nanos::get);
        kit.spawn(EventFeed.create(late, known));
        late.after(0, new EventRing.Wanted(Set.of(), Set.of(Event.Kind.METRICS), 0), 9, WAIT)
                .toCompletableFuture()
                .get(2, TimeUnit.MINUTES);
        assertThat(known.jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.train()).isEqualTo(line("train", 20, 0.4)));
    }
}
