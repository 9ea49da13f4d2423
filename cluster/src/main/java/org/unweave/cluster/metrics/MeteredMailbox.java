package org.unweave.cluster.metrics;

import com.typesafe.config.Config;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.Envelope;
import org.apache.pekko.dispatch.MailboxType;
import org.apache.pekko.dispatch.MessageQueue;
import org.apache.pekko.dispatch.ProducesMessageQueue;
import org.apache.pekko.dispatch.SingleConsumerOnlyUnboundedMailbox;
import org.apache.pekko.dispatch.UnboundedMessageQueueSemantics;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Meter;
import scala.Option;

/**
 * The mailbox of typed actors, which for actors of ours says how deep it is and how long messages wait in it. Pekko makes it by
 * the key {@code pekko.actor.typed.default-mailbox.mailbox-type}.
 */
public final class MeteredMailbox implements MailboxType, ProducesMessageQueue<MessageQueue> {
    private final MailboxType usual;

    /** As Pekko calls it. */
    public MeteredMailbox(ActorSystem.Settings settings, Config config) {
        usual = new SingleConsumerOnlyUnboundedMailbox(settings, config);
    }

    @Override
    public MessageQueue create(Option<ActorRef> owner, Option<ActorSystem> system) {
        if (owner.isDefined()) {
            ActorPath path = owner.get().path();
            String kind = ActorKind.of(path).orElse("");
            if (!kind.isEmpty()) {
                Metered mailbox = new Metered(path.name(), kind);
                ActorMeters.begins(mailbox);
                return mailbox;
            }
        }
        return usual.create(owner, system);
    }

    /** A queue of messages with the time at which each came. */
    static final class Metered implements MessageQueue, UnboundedMessageQueueSemantics {
        private record Timed(Envelope envelope, long nanos) {}

        private final String name;
        private final String kind;
        private final KindMeters meters;
        private final Queue<Timed> queue = new ConcurrentLinkedQueue<>();
        private final AtomicInteger depth = new AtomicInteger();
        private volatile long taken;

        private Metered(String name, String kind) {
            this.name = name;
            this.kind = kind;
            this.meters = ActorMeters.of(kind);
            meters.begins();
        }

        @Override
        public void enqueue(ActorRef receiver, Envelope envelope) {
            depth.incrementAndGet();
            meters.put();
            queue.add(new Timed(envelope, System.nanoTime()));
        }

        // Called by the actor's own thread at a time; Pekko knows null as nothing.
        @Override
        @SuppressWarnings({"NullAway", "NonAtomicVolatileUpdate"})
        public @Nullable Envelope dequeue() {
            Timed next = queue.poll();
            if (next == null) {
                return null;
            }
            depth.decrementAndGet();
            taken++;
            meters.taken(System.nanoTime() - next.nanos());
            return next.envelope();
        }

        @Override
        public int numberOfMessages() {
            return depth.get();
        }

        @Override
        public boolean hasMessages() {
            return !queue.isEmpty();
        }

        @Override
        public void cleanUp(ActorRef owner, MessageQueue deadLetters) {
            int left = 0;
            for (Timed next = queue.poll(); next != null; next = queue.poll()) {
                deadLetters.enqueue(owner, next.envelope());
                left++;
            }
            depth.addAndGet(-left);
            meters.left(left);
            meters.ends();
            ActorMeters.ends(this);
        }

        Meter.ActorUse use() {
            return new Meter.ActorUse(name, kind, depth.get(), taken);
        }
    }
}
