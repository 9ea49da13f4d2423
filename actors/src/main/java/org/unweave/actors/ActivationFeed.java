package org.unweave.actors;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongToIntFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Mat;

/**
 * Gives the jobs of one run on a node their batches, each read once for all jobs that are level.
 *
 * <p>A bounded window of batches, from the slowest level job's on, holds back the others, so that memory is bounded. A
 * job that begins behind the window (it was paused, restarted or added late) holds nobody back: its batches are read for
 * it alone, until it has caught up. One that leaves gives up its place and its batches.
 *
 * <p>Batches are lent: a job may read one until it tells of a {@code done} above it, or leaves. Spawned
 * by the {@link NodeAgent} with the first job of a run, and ended with the run.
 */
public final class ActivationFeed extends AbstractMatchingBehavior<ActivationFeed.Command> {
    public sealed interface Command {}

    /**
     * Asks for a batch.
     *
     * @param member who asks: one attempt at a job; joins with its first request
     * @param batch the number of the batch
     * @param done batches below this number are given back
     * @param ticket comes back with the batch
     */
    public record Next(String member, long batch, long done, long ticket, ActorRef<Reply> replyTo) implements Command {}

    /** Gives batches back without asking for another: at the end, where none is left to ask for. */
    public record GiveBack(String member, long done) implements Command {}

    /** Gives everything back. */
    public record Leave(String member) implements Command {}

    /** The answer to {@link Next}. */
    public sealed interface Reply {
        long ticket();
    }

    /** A batch to read from, not to change. */
    public record BatchReady(long batch, long ticket, Mat rowsBD) implements Reply {}

    /** The batch could not be read. It can be asked for again. */
    public record BatchFailed(long batch, long ticket, String reason) implements Reply {}

    /** Reads batch n into a matrix. */
    @FunctionalInterface
    public interface Reader {
        void read(long batch, Mat outBD);
    }

    /**
     * The batches of a run.
     *
     * @param rows rows of batch n
     * @param width D
     * @param window how many batches may be ahead of the slowest level job
     */
    public record Source(Reader reader, LongToIntFunction rows, int width, int window) {}

    private final Supplier<Source> open;
    private @Nullable Source source;
    private final Map<String, Member> members = new HashMap<>();
    private final TreeMap<Long, Shared> shared = new TreeMap<>();
    // By their number of rows.
    private final Map<Integer, Deque<Mat>> unused = new HashMap<>();
    private final List<Next> heldBack = new ArrayList<>();

    private static final class Member {
        private long done;
        private boolean level;
        private final Map<Long, Mat> own = new HashMap<>();

        private Member(long done, boolean level) {
            this.done = done;
            this.level = level;
        }
    }

    private record Shared(Mat rowsBD, Set<String> holders) {}

    private ActivationFeed(ActorContext<Command> context, Supplier<Source> open) {
        super(context);
        this.open = open;
    }

    /** Batches of {@code rows} x {@code width}, at most {@code window} of them ahead of the slowest level job. */
    public static Behavior<Command> create(Reader reader, int rows, int width, int window) {
        return create(() -> new Source(reader, batch -> rows, width, window));
    }

    /** The same, of what is opened with the first request, on this actor's own thread. */
    public static Behavior<Command> create(Supplier<Source> open) {
        return Meter.ofProcess().around(Behaviors.setup(context -> new ActivationFeed(context, open)));
    }

    private Source source() {
        Source opened = source;
        if (opened == null) {
            opened = open.get();
            source = opened;
        }
        return opened;
    }

    // As large as the largest int before anything is read: then it is not asked.
    private int window() {
        return source == null ? Integer.MAX_VALUE : source.window();
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Next next -> onNext(next);
            case GiveBack giveBack -> onGiveBack(giveBack);
            case Leave leave -> onLeave(leave);
        };
    }

    private Behavior<Command> onNext(Next next) {
        Member member = members.get(next.member());
        if (member == null) {
            member = new Member(next.done(), next.done() >= base());
            members.put(next.member(), member);
        }
        member.done = next.done();
        giveBack(next.member(), member);
        if (!member.level && next.done() >= base()) {
            member.level = true;
        }
        heldBack.add(next);
        serve();
        return this;
    }

    private Behavior<Command> onGiveBack(GiveBack message) {
        Member member = members.get(message.member());
        if (member != null) {
            member.done = message.done();
            giveBack(message.member(), member);
            serve();
        }
        return this;
    }

    private Behavior<Command> onLeave(Leave leave) {
        Member member = members.remove(leave.member());
        if (member != null) {
            member.done = Long.MAX_VALUE;
            giveBack(leave.member(), member);
            heldBack.removeIf(next -> next.member().equals(leave.member()));
            serve();
        }
        return this;
    }

    /** The first batch that a level job may still need; 0 where nobody is level. */
    private long base() {
        long least = Long.MAX_VALUE;
        for (Member member : members.values()) {
            if (member.level) {
                least = Math.min(least, member.done);
            }
        }
        return least == Long.MAX_VALUE ? 0 : least;
    }

    private void serve() {
        long base = base();
        Iterator<Next> waiting = heldBack.iterator();
        while (waiting.hasNext()) {
            Next next = waiting.next();
            Member member = members.get(next.member());
            if (member != null && (!member.level || next.batch() < base + window())) {
                waiting.remove();
                next.replyTo().tell(lend(next, member));
            }
        }
    }

    // What cannot be read is its readers' failure, not the feed's: the others go on.
    private Reply lend(Next next, Member member) {
        try {
            Mat rowsBD = member.level ? share(next) : own(next, member);
            return new BatchReady(next.batch(), next.ticket(), rowsBD);
        } catch (RuntimeException | Error e) { // An error that is let through ends the whole system.
            getContext().getLog().warn("batch {} cannot be read", next.batch(), e);
            return new BatchFailed(next.batch(), next.ticket(), e.toString());
        }
    }

    private Mat share(Next next) {
        Shared batch = shared.get(next.batch());
        if (batch == null) {
            batch = new Shared(read(next.batch()), new HashSet<>());
            shared.put(next.batch(), batch);
        }
        batch.holders().add(next.member());
        return batch.rowsBD();
    }

    private Mat own(Next next, Member member) {
        Shared batch = shared.get(next.batch());
        if (batch != null) {
            batch.holders().add(next.member());
            return batch.rowsBD();
        }
        return member.own.computeIfAbsent(next.batch(), this::read);
    }

    private Mat read(long batch) {
        int rows = source().rows().applyAsInt(batch);
        Mat rowsBD = take(rows);
        try {
            source().reader().read(batch, rowsBD);
            return rowsBD;
        } catch (RuntimeException | Error e) {
            putBack(rowsBD);
            throw e;
        }
    }

    private Mat take(int rows) {
        Mat rowsBD = unused.getOrDefault(rows, new ArrayDeque<>()).poll();
        return rowsBD == null ? Mat.zeros(rows, source().width()) : rowsBD;
    }

    private boolean putBack(Mat rowsBD) {
        return unused.computeIfAbsent(rowsBD.rows(), rows -> new ArrayDeque<>()).add(rowsBD);
    }

    // A batch that nobody holds is kept while it is in the window, where a level job may still ask for it. The window
    // goes back when the level jobs leave and a later one takes their place.
    private void giveBack(String name, Member member) {
        shared.headMap(member.done).values().forEach(batch -> batch.holders().remove(name));
        member.own.entrySet().removeIf(entry -> entry.getKey() < member.done && putBack(entry.getValue()));
        long base = base();
        shared.entrySet()
                .removeIf(entry -> (entry.getKey() < base || entry.getKey() >= base + window())
                        && entry.getValue().holders().isEmpty()
                        && putBack(entry.getValue().rowsBD()));
        if (members.isEmpty()) {
            shared.values().forEach(batch -> putBack(batch.rowsBD()));
            shared.clear();
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            unused.values().forEach(some -> some.forEach(Mat::close));
            unused.clear();
        }
        return this;
    }
}
