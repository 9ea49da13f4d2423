package org.unweave.actors;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Lends a node's slots, one to each holder at a time, in the order they are asked for: so all go forward together and a
 * core is not worked twice. A holder that dies gives back what it had.
 *
 * <p>Spawned by the node's guardian. Knows nothing that must outlive it.
 */
public final class Slots extends AbstractMatchingBehavior<Slots.Command> {
    public sealed interface Command {}

    /** Asks for a slot; {@link Lease} is the answer, when there is one. */
    public record Request(ActorRef<Lease> replyTo) implements Command {}

    /** Gives a slot back. */
    public record Return(Lease lease) implements Command {}

    private record HolderGone(ActorRef<Lease> holder) implements Command {}

    /** The right to work until it is returned. */
    public record Lease(int slot, ActorRef<Lease> holder) {}

    private final Deque<Integer> free = new ArrayDeque<>();
    private final Deque<ActorRef<Lease>> waiting = new ArrayDeque<>();
    private final Map<ActorRef<Lease>, Lease> lent = new HashMap<>();

    private Slots(ActorContext<Command> context, int slots) {
        super(context);
        for (int slot = 0; slot < slots; slot++) {
            free.add(slot);
        }
    }

    /** Lends this many slots. */
    public static Behavior<Command> create(int slots) {
        return Behaviors.setup(context -> new Slots(context, slots));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Request request -> onRequest(request);
            case Return returned -> onReturn(returned);
            case HolderGone gone -> onHolderGone(gone);
        };
    }

    private Behavior<Command> onRequest(Request request) {
        ActorRef<Lease> holder = request.replyTo();
        if (lent.containsKey(holder) || waiting.contains(holder)) {
            getContext().getLog().warn("{} asked for a second slot, which it does not get", holder.path());
            return this;
        }
        getContext().watchWith(holder, new HolderGone(holder));
        waiting.add(holder);
        lend();
        return this;
    }

    private Behavior<Command> onReturn(Return returned) {
        Lease lease = returned.lease();
        if (lent.remove(lease.holder(), lease)) {
            getContext().unwatch(lease.holder());
            free.add(lease.slot());
            lend();
        }
        return this;
    }

    private Behavior<Command> onHolderGone(HolderGone gone) {
        waiting.remove(gone.holder());
        Lease lease = lent.remove(gone.holder());
        if (lease != null) {
            free.add(lease.slot());
            lend();
        }
        return this;
    }

    private void lend() {
        while (!free.isEmpty() && !waiting.isEmpty()) {
            ActorRef<Lease> holder = waiting.remove();
            Lease lease = new Lease(free.remove(), holder);
            lent.put(holder, lease);
            holder.tell(lease);
        }
    }
}
