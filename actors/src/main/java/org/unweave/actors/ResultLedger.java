package org.unweave.actors;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.eval.Judgement;

/**
 * Knows which checkpoints are judged, and tells everyone who subscribed. The reports themselves are files of the run's
 * folder, stored before they are recorded here.
 *
 * <p>Spawned by the {@link Supervisor}, which keeps what is entered here in its journal.
 */
public final class ResultLedger extends AbstractMatchingBehavior<ResultLedger.Command> {
    public sealed interface Command {}

    /** Enters an outcome; {@link Recorded} is the answer. */
    public record Record(Judged judged, ActorRef<Recorded> replyTo) implements Command, Wire {}

    /** Sends what is entered from now on, and all that was before. */
    public record Subscribe(ActorRef<Judged> subscriber) implements Command, Wire {}

    private record SubscriberGone(ActorRef<Judged> subscriber) implements Command {}

    /** An outcome is entered and need not be sent again. */
    public record Recorded(String run, String job, long step, Judgement judgement) implements Wire {}

    /**
     * The outcome of a checkpoint's evaluations.
     *
     * @param problem why there is no report; empty where all went well
     * @param headline the numbers of all evaluations by name, as {@code core.l0}
     */
    public record Judged(
            String run, String job, long step, Judgement judgement, String problem, Map<String, Double> headline)
            implements Wire {
        public Judged {
            headline = Map.copyOf(headline);
        }

        /** The answer to its being entered. */
        Recorded recorded() {
            return new Recorded(run, job, step, judgement);
        }

        // Who finds a report stored already has no numbers of it.
        private Judged followedBy(Judged later) {
            Map<String, Double> all = new HashMap<>(headline);
            all.putAll(later.headline);
            return new Judged(later.run, later.job, later.step, later.judgement, later.problem, all);
        }
    }

    private record Key(String run, String job, long step, Judgement judgement) {}

    private final Map<Key, Judged> entered = new LinkedHashMap<>();
    private final Set<ActorRef<Judged>> subscribers = new HashSet<>();

    private ResultLedger(ActorContext<Command> context) {
        super(context);
    }

    public static Behavior<Command> create() {
        return Meter.ofProcess().around(Behaviors.setup(ResultLedger::new));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Record record -> onRecord(record);
            case Subscribe subscribe -> onSubscribe(subscribe);
            case SubscriberGone gone -> onSubscriberGone(gone);
        };
    }

    private Behavior<Command> onRecord(Record record) {
        Judged one = record.judged();
        Judged judged =
                entered.merge(new Key(one.run(), one.job(), one.step(), one.judgement()), one, Judged::followedBy);
        subscribers.forEach(subscriber -> subscriber.tell(judged));
        record.replyTo().tell(judged.recorded());
        return this;
    }

    private Behavior<Command> onSubscribe(Subscribe subscribe) {
        if (subscribers.add(subscribe.subscriber())) {
            getContext().watchWith(subscribe.subscriber(), new SubscriberGone(subscribe.subscriber()));
            entered.values().forEach(subscribe.subscriber()::tell);
        }
        return this;
    }

    private Behavior<Command> onSubscriberGone(SubscriberGone gone) {
        subscribers.remove(gone.subscriber());
        return this;
    }
}
