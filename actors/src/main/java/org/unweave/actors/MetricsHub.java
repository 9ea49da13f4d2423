package org.unweave.actors;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Keeps the newest measurements of each job and passes them on to who subscribed. Losing one is harmless.
 *
 * <p>Spawned by each {@link NodeAgent} for its own trainers, and by the {@link Supervisor}, whose hub hears all others. An older measurement than the one kept is dropped.
 */
public final class MetricsHub extends AbstractMatchingBehavior<MetricsHub.Command> {
    public sealed interface Command {}

    /** How far a job is, and what its last update measured. */
    public record JobMetrics(
            String run,
            String job,
            int epoch,
            long step,
            long steps,
            double loss,
            double l0,
            double varianceExplained,
            double deadShare,
            double rowsPerSecond)
            implements Command, Wire {}

    /** Sends each newer measurement from now on, and the newest of each job at once. */
    public record Subscribe(ActorRef<JobMetrics> subscriber) implements Command, Wire {}

    private record SubscriberGone(ActorRef<JobMetrics> subscriber) implements Command {}

    private record Key(String run, String job) {}

    private final Map<Key, JobMetrics> newest = new LinkedHashMap<>();
    private final Set<ActorRef<JobMetrics>> subscribers = new HashSet<>();

    private MetricsHub(ActorContext<Command> context) {
        super(context);
    }

    public static Behavior<Command> create() {
        return Behaviors.setup(MetricsHub::new);
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case JobMetrics metrics -> onMetrics(metrics);
            case Subscribe subscribe -> onSubscribe(subscribe);
            case SubscriberGone gone -> onSubscriberGone(gone);
        };
    }

    private Behavior<Command> onMetrics(JobMetrics metrics) {
        Key key = new Key(metrics.run(), metrics.job());
        JobMetrics known = newest.get(key);
        boolean older = known != null
                && (metrics.epoch() < known.epoch()
                        || metrics.epoch() == known.epoch() && metrics.step() < known.step());
        if (older) {
            return this;
        }
        newest.put(key, metrics);
        subscribers.forEach(subscriber -> subscriber.tell(metrics));
        return this;
    }

    private Behavior<Command> onSubscribe(Subscribe subscribe) {
        if (subscribers.add(subscribe.subscriber())) {
            getContext().watchWith(subscribe.subscriber(), new SubscriberGone(subscribe.subscriber()));
            newest.values().forEach(subscribe.subscriber()::tell);
        }
        return this;
    }

    private Behavior<Command> onSubscriberGone(SubscriberGone gone) {
        subscribers.remove(gone.subscriber());
        return this;
    }
}
