package org.unweave.actors;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** What a trainer's time goes to, from one moment to the next. */
final class Spending {
    /** What a trainer can be at. */
    enum On {
        /** Updates. */
        COMPUTE,
        /** Waits for its next batch. */
        DATA,
        /** Waits for a slot. */
        SLOT,
        /** Waits for what another job or an evaluator is to tell. */
        EXCHANGE,
        /** Writes a checkpoint, held-out rows included, or waits for room on the disk. */
        CHECKPOINT,
        /** Is told to rest. */
        PAUSED
    }

    private final LongSupplier nanos;
    private final Map<On, Long> spent = new EnumMap<>(On.class);
    private On now = On.DATA;
    private long since;

    /** @param nanos a clock, as {@link System#nanoTime} */
    Spending(LongSupplier nanos) {
        this.nanos = nanos;
        this.since = nanos.getAsLong();
    }

    /** From now on time goes to this. */
    void on(On next) {
        long time = nanos.getAsLong();
        spent.merge(now, time - since, Long::sum);
        since = time;
        now = next;
    }

    /** So far, what goes on now included. */
    MetricsHub.Spent soFar() {
        on(now);
        return new MetricsHub.Spent(
                seconds(On.COMPUTE),
                seconds(On.DATA),
                seconds(On.SLOT),
                seconds(On.EXCHANGE),
                seconds(On.CHECKPOINT),
                seconds(On.PAUSED));
    }

    private double seconds(On what) {
        return spent.getOrDefault(what, 0L) / 1e9;
    }
}
