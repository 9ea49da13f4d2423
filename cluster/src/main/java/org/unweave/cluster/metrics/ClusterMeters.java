package org.unweave.cluster.metrics;

import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Meter;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.Slots;
import org.unweave.cluster.events.ClusterState;
import org.unweave.model.train.JobFolder;

/** The meters of the cluster's jobs and nodes beside those of this process. Those of a job go when it is long unheard of. */
public final class ClusterMeters {
    private enum Name {
        JOB_STEP("Updates so far."),
        JOB_STEPS("Updates of the whole job."),
        JOB_ROWS("Rows so far."),
        JOB_LOSS("Loss of the last line of metrics."),
        JOB_LOSS_TERM("A term of the loss, its weight included."),
        JOB_L0("Mean number of active latents."),
        JOB_VARIANCE_EXPLAINED("Share of the variance that is reconstructed."),
        JOB_DEAD_SHARE("Share of latents that are dead."),
        JOB_LEARNING_RATE("Learning rate of the last line of metrics."),
        JOB_ROWS_PER_SECOND("Rows a second up to the last line of metrics."),
        JOB_SPENT_SECONDS("What the time of the present placement went to."),
        JOB_RESTARTS("Restarts after failures."),
        JOB_TARGET_L0("The L0 that the job is to reach."),
        JOB_STATE("1 for the state that the job is in."),
        SLOT_SLOTS("Slots of a node."),
        SLOT_LENT("Slots that are lent now."),
        SLOT_WAITING("Who waits for a slot."),
        SLOT_LEASES("Leases so far."),
        NODE_JOBS("Jobs that a node trains."),
        NODE_EVALUATORS("Evaluators of a node."),
        NODE_JUDGING("Checkpoints that a node judges."),
        NODE_HEAP_BYTES("Memory in use on a node's heap."),
        NODE_HEAP_MOST_BYTES("What a node's heap may grow to."),
        NODE_CPU_SHARE("Share of the machine's processors that a node takes, 0 to 1."),
        NODE_MAILBOX_DEPTH("Messages that wait in a node's mailboxes.");

        private final String description;

        Name(String description) {
            this.description = description;
        }

        String dotted() {
            return "unweave." + name().toLowerCase(Locale.ROOT).replace('_', '.');
        }
    }

    private static final Map<Name, MultiGauge> GAUGES = new EnumMap<>(Name.class);

    static {
        for (Name name : Name.values()) {
            GAUGES.put(
                    name,
                    MultiGauge.builder(name.dotted())
                            .description(name.description)
                            .register(ProcessMeters.REGISTRY));
        }
    }

    private final Map<Name, List<MultiGauge.Row<?>>> rows = new EnumMap<>(Name.class);

    private ClusterMeters() {
        Arrays.stream(Name.values()).forEach(name -> rows.put(name, new ArrayList<>()));
    }

    /** All meters as they are now, in the form {@link ProcessMeters#CONTENT_TYPE}. */
    public static String scrape(ClusterState state) {
        ClusterMeters meters = new ClusterMeters();
        state.jobs().forEach(meters::add);
        state.nodes().forEach(node -> meters.add(node.metrics()));
        synchronized (ClusterMeters.class) {
            GAUGES.forEach((name, gauge) -> gauge.register(meters.rows.getOrDefault(name, List.of()), true));
            return ProcessMeters.scrape();
        }
    }

    private void add(Name name, Tags tags, double value) {
        rows.computeIfAbsent(name, key -> new ArrayList<>()).add(MultiGauge.Row.of(tags, value));
    }

    private void add(ClusterState.JobView job) {
        Tags tags = Tags.of("run", job.run(), "job", job.job());
        add(job.train(), tags);
        MetricsHub.@Nullable JobMetrics train = job.train();
        if (train != null) {
            add(Name.JOB_STEP, tags, train.step());
            add(Name.JOB_STEPS, tags, train.steps());
            add(Name.JOB_ROWS, tags, train.rows());
            add(Name.JOB_DEAD_SHARE, tags, train.deadShare());
            add(Name.JOB_LEARNING_RATE, tags, train.learningRate());
            add(Name.JOB_ROWS_PER_SECOND, tags, train.rowsPerSecond());
            train.terms().forEach((term, value) -> add(Name.JOB_LOSS_TERM, tags.and("term", term), value));
            MetricsHub.Spent spent = train.spent();
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "compute"), spent.compute());
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "data"), spent.data());
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "slot"), spent.slot());
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "exchange"), spent.exchange());
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "checkpoint"), spent.checkpoint());
            add(Name.JOB_SPENT_SECONDS, tags.and("on", "paused"), spent.paused());
        }
        add(job.heldOut(), tags);
        JobFolder.@Nullable Standing standing = job.standing();
        if (standing != null) {
            add(Name.JOB_RESTARTS, tags, standing.restarts());
            add(Name.JOB_TARGET_L0, tags, standing.targetL0());
            add(Name.JOB_STATE, tags.and("state", standing.state()), 1);
        }
    }

    private void add(MetricsHub.@Nullable JobMetrics line, Tags job) {
        if (line != null) {
            Tags tags = job.and("split", line.split());
            add(Name.JOB_LOSS, tags, line.loss());
            add(Name.JOB_L0, tags, line.l0());
            add(Name.JOB_VARIANCE_EXPLAINED, tags, line.varianceExplained());
        }
    }

    private void add(MetricsHub.NodeMetrics node) {
        Tags tags = Tags.of("node", node.name());
        for (Slots.SeatUse seat : node.seats()) {
            Tags slot = tags.and("seat", seat.seat());
            add(Name.SLOT_SLOTS, slot, seat.slots());
            add(Name.SLOT_LENT, slot, seat.lent());
            add(Name.SLOT_WAITING, slot, seat.waiting());
            add(Name.SLOT_LEASES, slot, seat.leases());
        }
        add(Name.NODE_JOBS, tags, node.jobs().size());
        add(Name.NODE_EVALUATORS, tags, node.evaluators());
        add(Name.NODE_JUDGING, tags, node.judging());
        add(Name.NODE_HEAP_BYTES, tags, node.heapBytes());
        add(Name.NODE_HEAP_MOST_BYTES, tags, node.heapMostBytes());
        add(Name.NODE_CPU_SHARE, tags, node.cpuShare());
        Map<String, Integer> waiting = new TreeMap<>();
        for (Meter.ActorUse actor : node.actors()) {
            waiting.merge(actor.kind(), actor.waiting(), Integer::sum);
        }
        waiting.forEach((kind, depth) -> add(Name.NODE_MAILBOX_DEPTH, tags.and(KindMeters.KIND, kind), depth));
    }
}
