package org.unweave.cluster.metrics;

import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Counts messages to actors that are not there any more, by the kind of actor that they were for. */
public final class DeadLetters {
    private DeadLetters() {}

    /** Spawned once a process. */
    public static Behavior<DeadLetter> create() {
        return Behaviors.setup(context -> {
            context.getSystem().eventStream().tell(new EventStream.Subscribe<>(DeadLetter.class, context.getSelf()));
            return Behaviors.receiveMessage(letter -> {
                ActorMeters.of(letter.recipient().path()).deadLetter();
                return Behaviors.same();
            });
        });
    }
}
