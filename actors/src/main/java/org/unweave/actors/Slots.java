package org.unweave.actors;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Lends a node's slots, one to each holder at a time, in the order they are asked for: so all go forward together, a core
 * is not worked twice, and a card has one holder. A holder that dies gives back what it had.
 *
 * <p>Spawned by the node's guardian. Knows nothing that must outlive it.
 */
public final class Slots extends AbstractMatchingBehavior<Slots.Command> {
    public sealed interface Command {}

    /** Asks for a slot of this seat; {@link Lease} is the answer, when there is one. */
    public record Request(Seat seat, ActorRef<Lease> replyTo) implements Command {
        /** Asks for one of the CPU. */
        public Request(ActorRef<Lease> replyTo) {
            this(Seat.CPU, replyTo);
        }
    }

    /** Gives a slot back. */
    public record Return(Lease lease) implements Command {}

    /** Asks what is lent; {@link Use} is the answer. */
    public record GetUse(ActorRef<Use> replyTo) implements Command {}

    private record HolderGone(ActorRef<Lease> holder) implements Command {}

    /** The right to work until it is returned. */
    public record Lease(Seat seat, int slot, ActorRef<Lease> holder) {}

    /** What is lent of each seat. */
    public record Use(List<SeatUse> seats) {
        public Use {
            seats = List.copyOf(seats);
        }
    }

    /**
     * What is lent of a seat.
     *
     * @param seat {@code cpu}, or a card as {@code cuda:0}
     * @param lent slots that have a holder now
     * @param waiting who asked for one and has yet to get it
     * @param leases that there were so far
     */
    public record SeatUse(String seat, int slots, int lent, int waiting, long leases) implements Wire {}

    /** The slots of one seat, and who waits for one. */
    private static final class Queue {
        private final Deque<Integer> free = new ArrayDeque<>();
        private final Deque<ActorRef<Lease>> waiting = new ArrayDeque<>();
        private final int slots;
        private long leases;

        private Queue(int slots) {
            this.slots = slots;
            for (int slot = 0; slot < slots; slot++) {
                free.add(slot);
            }
        }
    }

    private final Map<Seat, Queue> queues = new HashMap<>();
    private final Map<ActorRef<Lease>, Lease> lent = new HashMap<>();

    private Slots(ActorContext<Command> context, int cpuSlots, List<Integer> cards) {
        super(context);
        queues.put(Seat.CPU, new Queue(cpuSlots));
        cards.forEach(card -> queues.put(Seat.card(card), new Queue(1)));
    }

    /** Lends this many slots of the CPU. */
    public static Behavior<Command> create(int cpuSlots) {
        return create(cpuSlots, List.of());
    }

    /** Lends this many slots of the CPU, and each of these cards as one. */
    public static Behavior<Command> create(int cpuSlots, List<Integer> cards) {
        return Meter.ofProcess().around(Behaviors.setup(context -> new Slots(context, cpuSlots, cards)));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Request request -> onRequest(request);
            case Return returned -> onReturn(returned);
            case GetUse get -> onGetUse(get);
            case HolderGone gone -> onHolderGone(gone);
        };
    }

    private Behavior<Command> onRequest(Request request) {
        ActorRef<Lease> holder = request.replyTo();
        Queue queue = queues.get(request.seat());
        if (queue == null) {
            getContext().getLog().warn("{} asked for {}, which is not lent here", holder.path(), request.seat());
            return this;
        }
        if (lent.containsKey(holder) || queues.values().stream().anyMatch(one -> one.waiting.contains(holder))) {
            getContext().getLog().warn("{} asked for a second slot, which it does not get", holder.path());
            return this;
        }
        getContext().watchWith(holder, new HolderGone(holder));
        queue.waiting.add(holder);
        lend(request.seat());
        return this;
    }

    private Behavior<Command> onReturn(Return returned) {
        Lease lease = returned.lease();
        if (lent.remove(lease.holder(), lease)) {
            getContext().unwatch(lease.holder());
            free(lease);
        }
        return this;
    }

    private Behavior<Command> onHolderGone(HolderGone gone) {
        queues.values().forEach(queue -> queue.waiting.remove(gone.holder()));
        Lease lease = lent.remove(gone.holder());
        if (lease != null) {
            free(lease);
        }
        return this;
    }

    private Behavior<Command> onGetUse(GetUse get) {
        get.replyTo()
                .tell(new Use(queues.entrySet().stream()
                        .map(entry -> use(entry.getKey(), entry.getValue()))
                        .sorted(Comparator.comparing(SeatUse::seat))
                        .toList()));
        return this;
    }

    private static SeatUse use(Seat seat, Queue queue) {
        return new SeatUse(
                seat.text(), queue.slots, queue.slots - queue.free.size(), queue.waiting.size(), queue.leases);
    }

    private void free(Lease lease) {
        queue(lease.seat()).free.add(lease.slot());
        lend(lease.seat());
    }

    private Queue queue(Seat seat) {
        return Objects.requireNonNull(queues.get(seat));
    }

    private void lend(Seat seat) {
        Queue queue = queue(seat);
        while (!queue.free.isEmpty() && !queue.waiting.isEmpty()) {
            ActorRef<Lease> holder = queue.waiting.remove();
            Lease lease = new Lease(seat, queue.free.remove(), holder);
            lent.put(holder, lease);
            queue.leases++;
            holder.tell(lease);
        }
    }
}
