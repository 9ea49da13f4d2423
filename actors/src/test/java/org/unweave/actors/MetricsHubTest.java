package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.EmaStatistics;

/** Whoever subscribes hears the newest of each job and node at once, and what is measured later; nothing twice, nothing old. */
class MetricsHubTest {
    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<MetricsHub.Command> hub = kit.spawn(MetricsHub.create());
    private final TestProbe<MetricsHub.Measurement> subscriber = kit.createTestProbe(MetricsHub.Measurement.class);

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private static MetricsHub.JobMetrics line(String job, int epoch, String split, long step) {
        return new MetricsHub.JobMetrics(
                "run",
                job,
                epoch,
                split,
                step,
                100,
                step * 32,
                1,
                0.5,
                Map.of("reconstruction", 0.5),
                Map.of(),
                Map.of(),
                4,
                0.7,
                0,
                1e-3,
                1000,
                new MetricsHub.Spent(1, 0, 0, 0, 0, 0));
    }

    private static MetricsHub.NodeMetrics node(int judging) {
        return new MetricsHub.NodeMetrics(
                "n",
                "n#1",
                "",
                List.of(new Slots.SeatUse("cpu", 2, 1, 0, 7)),
                List.of(),
                1,
                judging,
                List.of(),
                1,
                2,
                0.5);
    }

    @Test
    void newest_ofEachJobSplitAndNode_isToldAtOnce() {
        List<MetricsHub.Command> all = List.of(
                line("a", 0, "train", 10), line("a", 0, "held-out", 10), line("a", 0, "train", 20), node(1), node(2));
        all.forEach(hub::tell);
        hub.tell(new MetricsHub.Subscribe(subscriber.getRef()));

        assertThat(subscriber.receiveSeveralMessages(3))
                .containsExactlyInAnyOrder(line("a", 0, "train", 20), line("a", 0, "held-out", 10), node(2));
    }

    @Test
    void older_isDropped_andOfANewPlacementHeard() {
        hub.tell(new MetricsHub.Subscribe(subscriber.getRef()));
        hub.tell(new MetricsHub.Subscribe(subscriber.getRef()));
        hub.tell(line("a", 1, "train", 20));
        hub.tell(line("a", 1, "train", 10));
        hub.tell(line("a", 0, "train", 30));
        hub.tell(line("a", 2, "train", 10));

        subscriber.expectMessage(line("a", 1, "train", 20));
        subscriber.expectMessage(line("a", 2, "train", 10));
        subscriber.expectNoMessage();
    }

    @Test
    void told_isPassedOnInFewNumbers() {
        hub.tell(new MetricsHub.Subscribe(subscriber.getRef()));
        hub.tell(MetricsHub.JobTold.of("run", new EmaStatistics("a", 3, 0.1, 0.2, 0.5, 64)));
        hub.tell(MetricsHub.JobTold.of(
                "run",
                new AttributionSnapshot(
                        "a",
                        4,
                        AttributionSnapshot.Source.EVALUATOR,
                        AttributionSnapshot.SPURIOUS,
                        48,
                        List.of(new AttributionSnapshot.Attributed(7, 0.6), new AttributionSnapshot.Attributed(1, 0.4)),
                        0.55,
                        0.9)));
        hub.tell(MetricsHub.JobTold.of("run", AttributionSnapshot.none("a", 5)));

        subscriber.expectMessage(new MetricsHub.JobTold(
                "run",
                "a",
                3,
                "statistics",
                Map.of("similarity_mean", 0.1, "similarity_sd", 0.2, "margin", 0.5, "pairs", 64.0)));
        subscriber.expectMessage(new MetricsHub.JobTold(
                "run",
                "a",
                4,
                "attribution-evaluator",
                Map.of("latents", 2.0, "largest", 0.6, "percentile85", 0.55, "probe_accuracy", 0.9)));
        assertThat(subscriber.expectMessageClass(MetricsHub.JobTold.class).values())
                .containsEntry("latents", 0.0)
                .containsEntry("largest", 0.0);
    }

    @Test
    void hub_hearsAnother() {
        ActorRef<MetricsHub.Command> further = kit.spawn(MetricsHub.create());
        hub.tell(new MetricsHub.Subscribe(MetricsHub.listening(further)));
        further.tell(new MetricsHub.Subscribe(subscriber.getRef()));
        hub.tell(line("a", 0, "train", 10));
        subscriber.expectMessage(line("a", 0, "train", 10));
    }
}
