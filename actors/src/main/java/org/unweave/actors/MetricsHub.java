package org.unweave.actors;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.Told;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.train.MetricsLog;

/**
 * Keeps the newest measurements of each job and passes them on to who subscribed. Losing one is harmless.
 *
 * <p>Spawned by each {@link NodeAgent} for its own trainers, and by the {@link Supervisor}, whose hub hears all others. An older measurement than the one kept is dropped.
 */
public final class MetricsHub extends AbstractMatchingBehavior<MetricsHub.Command> {
    /** The hubs of nodes are registered under this key. */
    public static final ServiceKey<Command> HUBS = ServiceKey.create(Command.class, "unweave-metrics");

    /** Of how many jobs and nodes the newest measurements are kept. */
    private static final int MOST_KEPT = 4096;

    public sealed interface Command {}

    /** What was measured. */
    public sealed interface Measurement {}

    /**
     * A line of a job's metrics, and how far the job is.
     *
     * @param split {@code train}, or {@code held-out} for rows that are never trained on
     * @param step updates so far
     * @param steps updates of the whole job
     * @param rows rows so far
     * @param seconds that the job has trained, earlier placements included
     * @param terms each loss term's value, its weight included
     * @param gradientShares the norm of each term's gradient over that of the reconstruction's; may be empty
     * @param curves what the terms show of themselves
     * @param l0 mean number of active latents
     * @param deadShare share of latents that are dead
     * @param spent what the time of this placement went to
     */
    public record JobMetrics(
            String run,
            String job,
            int epoch,
            String split,
            long step,
            long steps,
            long rows,
            double seconds,
            double loss,
            Map<String, Double> terms,
            Map<String, Double> gradientShares,
            Map<String, Double> curves,
            double l0,
            double varianceExplained,
            double deadShare,
            double learningRate,
            double rowsPerSecond,
            Spent spent)
            implements Command, Measurement, Wire {
        public JobMetrics {
            terms = Map.copyOf(terms);
            gradientShares = Map.copyOf(gradientShares);
            curves = Map.copyOf(curves);
        }

        static JobMetrics of(String run, String job, int epoch, long steps, MetricsLog.Line line, Spent spent) {
            LossTerms loss = line.loss();
            return new JobMetrics(
                    run,
                    job,
                    epoch,
                    line.split(),
                    line.step(),
                    steps,
                    line.rows(),
                    line.wallSeconds(),
                    loss.loss(),
                    loss.terms(),
                    loss.gradientShare(),
                    loss.curves(),
                    loss.l0(),
                    loss.varianceExplained(),
                    loss.deadShare(),
                    line.learningRate(),
                    line.rowsPerSecond(),
                    spent);
        }
    }

    /**
     * What a trainer's time went to since it was placed, in seconds.
     *
     * @param compute updates
     * @param data waiting for batches
     * @param slot waiting for a slot
     * @param exchange waiting for what others are to tell
     * @param checkpoint writing checkpoints, and waiting for room for them
     * @param paused resting, as it was told
     */
    public record Spent(double compute, double data, double slot, double exchange, double checkpoint, double paused)
            implements Wire {}

    /**
     * A job has told others something, or an evaluator something of a job.
     *
     * @param kind {@code statistics}, {@code attribution-probe} or {@code attribution-evaluator}
     * @param values what was told, in few numbers by name
     */
    public record JobTold(String run, String job, long step, String kind, Map<String, Double> values)
            implements Command, Measurement, Wire {
        public JobTold {
            values = Map.copyOf(values);
        }

        static JobTold of(String run, Told told) {
            return switch (told) {
                case EmaStatistics one ->
                    new JobTold(
                            run,
                            one.job(),
                            one.step(),
                            "statistics",
                            Map.of(
                                    "similarity_mean", one.similarityMean(),
                                    "similarity_sd", one.similaritySd(),
                                    "margin", one.margin(),
                                    "pairs", (double) one.count()));
                case AttributionSnapshot one ->
                    new JobTold(
                            run,
                            one.job(),
                            one.step(),
                            one.source() == AttributionSnapshot.Source.PROBE
                                    ? "attribution-probe"
                                    : "attribution-evaluator",
                            Map.of(
                                    "latents",
                                    (double) one.top().size(),
                                    "largest",
                                    one.top().isEmpty()
                                            ? 0
                                            : one.top().getFirst().attribution(),
                                    "percentile85",
                                    one.percentile85(),
                                    "probe_accuracy",
                                    one.probeAccuracy()));
            };
        }
    }

    /**
     * What a node is at.
     *
     * @param name how people call it
     * @param process the same with what tells it from the node of that name that was there before
     * @param url where it serves; empty where it does not
     * @param jobs what it trains, as {@code run/job}
     * @param judging checkpoints that it judges
     * @param heapBytes memory in use on the heap
     * @param heapMostBytes what the heap may grow to
     * @param cpuShare what the process takes of the machine's processors, 0 to 1; below 0 where that is not known
     */
    public record NodeMetrics(
            String name,
            String process,
            String url,
            List<Slots.SeatUse> seats,
            List<String> jobs,
            int evaluators,
            int judging,
            List<Meter.ActorUse> actors,
            long heapBytes,
            long heapMostBytes,
            double cpuShare)
            implements Command, Measurement, Wire {
        public NodeMetrics {
            seats = List.copyOf(seats);
            jobs = List.copyOf(jobs);
            actors = List.copyOf(actors);
        }
    }

    /** Sends each newer measurement from now on, and the newest of each job and node at once. */
    public record Subscribe(ActorRef<Measurement> subscriber) implements Command, Wire {}

    private record SubscriberGone(ActorRef<Measurement> subscriber) implements Command {}

    private record Key(String run, String job, String split) {}

    private final Map<Key, JobMetrics> newest = bounded();
    private final Map<String, NodeMetrics> nodes = bounded();
    private final Set<ActorRef<Measurement>> subscribers = new HashSet<>();

    private MetricsHub(ActorContext<Command> context) {
        super(context);
    }

    public static Behavior<Command> create() {
        return Meter.ofProcess().around(Behaviors.setup(MetricsHub::new));
    }

    /** A hub as the subscriber of another: all that is measured is a command of it, too. */
    static ActorRef<Measurement> listening(ActorRef<Command> hub) {
        ActorRef<Object> any = hub.unsafeUpcast();
        return any.narrow();
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST_KEPT;
            }
        };
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case JobMetrics metrics -> onMetrics(metrics);
            case JobTold told -> passOn(told);
            case NodeMetrics metrics -> {
                nodes.put(metrics.process(), metrics);
                passOn(metrics);
            }
            case Subscribe subscribe -> onSubscribe(subscribe);
            case SubscriberGone gone -> subscribers.remove(gone.subscriber());
        }
        return this;
    }

    private void onMetrics(JobMetrics metrics) {
        Key key = new Key(metrics.run(), metrics.job(), metrics.split());
        JobMetrics known = newest.get(key);
        boolean older = known != null
                && (metrics.epoch() < known.epoch()
                        || metrics.epoch() == known.epoch() && metrics.step() < known.step());
        if (!older) {
            newest.put(key, metrics);
            passOn(metrics);
        }
    }

    private void passOn(Measurement measurement) {
        subscribers.forEach(subscriber -> subscriber.tell(measurement));
    }

    private void onSubscribe(Subscribe subscribe) {
        if (subscribers.add(subscribe.subscriber())) {
            getContext().watchWith(subscribe.subscriber(), new SubscriberGone(subscribe.subscriber()));
            newest.values().forEach(subscribe.subscriber()::tell);
            nodes.values().forEach(subscribe.subscriber()::tell);
        }
    }
}
