package org.unweave.cluster.events;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.MetricsHub;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.MetricsLog;

/** How the runs, jobs and nodes of the cluster stand, as far as this process has heard. Safe for concurrent use. */
public final class ClusterState {
    /** Jobs of which something is known, at most; those that were heard of last. */
    private static final int MOST_JOBS = 512;

    private static final int MOST_NODES = 256;
    private static final long SILENT_NANOS = 30_000_000_000L;

    /**
     * A job.
     *
     * @param train its newest line of metrics
     * @param heldOut the same of rows that it is never trained on
     * @param node where it is trained, by the node's name; empty where it is not
     */
    public record JobView(
            String run,
            String job,
            MetricsHub.@Nullable JobMetrics train,
            MetricsHub.@Nullable JobMetrics heldOut,
            JobFolder.@Nullable Standing standing,
            String node) {}

    /**
     * A node.
     *
     * @param ageSeconds since it was heard of last
     */
    public record NodeView(MetricsHub.NodeMetrics metrics, double ageSeconds) {}

    private record JobKey(String run, String job) {}

    private record Heard(MetricsHub.NodeMetrics metrics, long nanos) {}

    private final Map<JobKey, JobView> jobs = bounded(MOST_JOBS);
    private final Map<String, Heard> nodes = bounded(MOST_NODES);
    private final LongSupplier nanos;

    /** @param nanos a clock, as {@link System#nanoTime} */
    public ClusterState(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private static <K, V> Map<K, V> bounded(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    synchronized void hear(MetricsHub.JobMetrics line) {
        update(
                line.run(),
                line.job(),
                known -> line.split().equals(MetricsLog.HELD_OUT)
                        ? new JobView(line.run(), line.job(), known.train(), line, known.standing(), known.node())
                        : new JobView(line.run(), line.job(), line, known.heldOut(), known.standing(), known.node()));
    }

    synchronized void hear(String run, JobFolder.Standing standing, String node) {
        update(
                run,
                standing.job(),
                known -> new JobView(run, standing.job(), known.train(), known.heldOut(), standing, node));
    }

    private void update(String run, String job, UnaryOperator<JobView> change) {
        JobKey key = new JobKey(run, job);
        JobView known = jobs.get(key);
        jobs.put(key, change.apply(known == null ? new JobView(run, job, null, null, null, "") : known));
    }

    synchronized void hear(MetricsHub.NodeMetrics metrics) {
        nodes.put(metrics.process(), new Heard(metrics, nanos.getAsLong()));
    }

    synchronized void lose(String node) {
        nodes.values().removeIf(heard -> heard.metrics().name().equals(node));
    }

    /** All jobs, in the order of their names. */
    public synchronized List<JobView> jobs() {
        return jobs.values().stream()
                .sorted((one, other) -> one.run().equals(other.run())
                        ? one.job().compareTo(other.job())
                        : one.run().compareTo(other.run()))
                .toList();
    }

    /** The nodes that were heard of in the last half minute, in the order of their names. */
    public synchronized List<NodeView> nodes() {
        long now = nanos.getAsLong();
        nodes.values().removeIf(heard -> now - heard.nanos() > SILENT_NANOS);
        return nodes.values().stream()
                .sorted((one, other) ->
                        one.metrics().process().compareTo(other.metrics().process()))
                .map(heard -> new NodeView(heard.metrics(), (now - heard.nanos()) / 1e9))
                .toList();
    }
}
