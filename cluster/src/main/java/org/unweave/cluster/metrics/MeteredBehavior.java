package org.unweave.cluster.metrics;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.jspecify.annotations.Nullable;

/** Times what a behaviour does with each message, and counts what goes wrong. One for each actor. */
final class MeteredBehavior<T> extends BehaviorInterceptor<T, T> {
    private @Nullable KindMeters meters;

    MeteredBehavior() {
        super(anything());
    }

    // What an actor of another protocol sends itself inside is measured, too.
    @SuppressWarnings("unchecked")
    private static <T> Class<T> anything() {
        return (Class<T>) Object.class;
    }

    private KindMeters meters(TypedActorContext<T> context) {
        KindMeters known = meters;
        if (known == null) {
            known = ActorMeters.of(context.asJava().getSelf().path());
            meters = known;
        }
        return known;
    }

    @Override
    public Behavior<T> aroundReceive(TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
        KindMeters own = meters(context);
        long start = System.nanoTime();
        boolean done = false;
        try {
            Behavior<T> next = target.apply(context, message);
            done = true;
            return next;
        } finally {
            own.processed(message, System.nanoTime() - start);
            if (!done) {
                own.failed();
            }
        }
    }

    @Override
    public Behavior<T> aroundSignal(TypedActorContext<T> context, Signal signal, SignalTarget<T> target) {
        if (signal instanceof PreRestart) {
            meters(context).restarted();
        }
        return target.apply(context, signal);
    }
}
