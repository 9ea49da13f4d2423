package org.unweave.cluster.events;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The last events of this process, of each sort so many. Whoever listens reads from a number on, at its own pace: one that is
 * slow finds the oldest gone, and costs nothing else. Nobody who adds an event waits. Safe for concurrent use.
 */
public final class EventRing {
    /**
     * What somebody wants to hear.
     *
     * @param runs empty for all
     * @param leastSeverity of lines of the log
     */
    public record Wanted(Set<String> runs, Set<Event.Kind> kinds, int leastSeverity) {
        public Wanted {
            runs = Set.copyOf(runs);
            kinds = Set.copyOf(kinds);
        }

        boolean takes(Event event) {
            return kinds.contains(event.kind())
                    && (runs.isEmpty() || event.run().isEmpty() || runs.contains(event.run()))
                    && event.severity() >= leastSeverity;
        }
    }

    /**
     * Events in the order in which they came.
     *
     * @param next where to go on reading
     * @param lost whether some before these are not kept any more
     * @param closed whether none will ever follow
     */
    public record Page(List<Event> events, long next, boolean lost, boolean closed) {
        public Page {
            events = List.copyOf(events);
        }
    }

    private static final class Waiting {
        private final long after;
        private final Wanted wanted;
        private final CompletableFuture<Page> page = new CompletableFuture<>();

        private Waiting(long after, Wanted wanted) {
            this.after = after;
            this.wanted = wanted;
        }
    }

    private static final class Kept {
        private final Deque<Event> events = new ArrayDeque<>();
        private long forgotten;
    }

    private final Map<Event.Keep, Kept> kept = new EnumMap<>(Event.Keep.class);
    private final Set<Waiting> waiting = new HashSet<>();
    private final String life;
    private long last;
    private boolean closed;

    /** @param life tells this process's numbers from those of another, in letters and digits */
    public EventRing(String life) {
        this.life = life;
        for (Event.Keep sort : Event.Keep.values()) {
            kept.put(sort, new Kept());
        }
    }

    public String life() {
        return life;
    }

    /** Adds an event about no particular severity. */
    public void add(Event.Kind kind, String run, String json) {
        add(kind, run, Integer.MAX_VALUE, json);
    }

    /** Adds an event; see {@link Event}. */
    public void add(Event.Kind kind, String run, int severity, String json) {
        List<Waiting> served = new ArrayList<>();
        Event event;
        synchronized (this) {
            last++;
            event = new Event(last, kind, run, severity, json);
            Kept sort = keptOf(kind);
            sort.events.add(event);
            if (sort.events.size() > kind.keep().most()) {
                sort.forgotten = sort.events.remove().number();
            }
            waiting.removeIf(one -> one.wanted.takes(event) && served.add(one));
        }
        Page page = new Page(List.of(event), event.number(), false, false);
        served.forEach(one -> one.page.complete(page));
    }

    private Kept keptOf(Event.Kind kind) {
        Kept found = kept.get(kind.keep());
        if (found == null) {
            throw new IllegalStateException("nothing keeps " + kind);
        }
        return found;
    }

    /** The number of the newest event. */
    public synchronized long last() {
        return last;
    }

    /** Who waits for an event now. */
    synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Events above a number, when there are some; none when there were none for a while.
     *
     * @param most events at once
     */
    public CompletionStage<Page> after(long number, Wanted wanted, int most, Duration patience) {
        Waiting one;
        synchronized (this) {
            Page page = page(number, wanted, most);
            if (!page.events().isEmpty() || page.lost() || closed) {
                return CompletableFuture.completedFuture(page);
            }
            one = new Waiting(page.next(), wanted);
            waiting.add(one);
        }
        return one.page
                .completeOnTimeout(
                        new Page(List.of(), one.after, false, false), patience.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((page, failure) -> forget(one));
    }

    private synchronized void forget(Waiting one) {
        waiting.remove(one);
    }

    private Page page(long number, Wanted wanted, int most) {
        List<Event> found = new ArrayList<>();
        boolean lost = number > last;
        long from = lost ? 0 : number; // Of a process before this one.
        Set<Event.Keep> sorts = new HashSet<>();
        wanted.kinds().forEach(kind -> sorts.add(kind.keep()));
        for (Event.Keep sort : sorts) {
            Kept one = kept.getOrDefault(sort, new Kept());
            lost |= one.forgotten > from;
            // Newest first: who is through with most of them is through at once.
            Iterator<Event> newestFirst = one.events.descendingIterator();
            while (newestFirst.hasNext()) {
                Event event = newestFirst.next();
                if (event.number() <= from) {
                    break;
                }
                if (wanted.takes(event)) {
                    found.add(event);
                }
            }
        }
        found.sort(Comparator.comparingLong(Event::number));
        List<Event> some = found.subList(0, Math.min(most, found.size()));
        long next = some.size() < found.size() ? some.getLast().number() : last;
        return new Page(some, next, lost, closed && some.size() == found.size());
    }

    /** Ends what is listened to, and whatever is added afterwards is heard by nobody who waits. */
    public void close() {
        List<Waiting> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(waiting);
        }
        all.forEach(one -> one.page.complete(new Page(List.of(), one.after, false, true)));
    }
}
