package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.marshalling.sse.EventStreamMarshalling;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;
import org.unweave.cluster.events.Event;
import org.unweave.cluster.events.EventRing;
import org.unweave.cluster.events.LogRing;

/**
 * What happens, as it happens, as server-sent events: {@code GET /api/v1/events}.
 *
 * <p>Each listener reads the ring at its own pace. One that is slow finds the oldest events gone, is told so by an event
 * {@code lost}, and costs the process no memory.
 */
public final class EventRoutes {
    /** Who may listen at once. */
    static final int MOST_LISTENERS = 64;

    private static final int MOST_AT_ONCE = 64;
    private static final int MOST_SECONDS = 24 * 60 * 60;

    /** After so long without an event a comment is sent, so that nobody takes the connection for dead. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    private static final String LOST = "lost";
    private static final Pattern ID = Pattern.compile("([0-9a-z]{1,32})-([0-9]{1,18})");
    private static final String KINDS =
            Arrays.stream(Event.Kind.values()).map(Event.Kind::word).collect(Collectors.joining(", "));

    private final EventRing ring;
    private final AtomicInteger listeners = new AtomicInteger();

    private EventRoutes(EventRing ring) {
        this.ring = ring;
    }

    public static Route of(EventRing ring) {
        return new EventRoutes(ring).route();
    }

    private Route route() {
        return Directives.path(
                segment("api").slash("v1").slash("events"),
                () -> Directives.get(() -> Directives.extractRequest(this::listen)));
    }

    private Route listen(HttpRequest request) {
        Query query = Query.of(request, "run", "kinds", "level", "after", "seconds");
        EventRing.Wanted wanted = wanted(query);
        int seconds = query.whole("seconds", 1, MOST_SECONDS, 0);
        long after = query.text("after")
                .map(this::given)
                .orElseGet(() -> request.getHeader("Last-Event-ID")
                        .map(HttpHeader::value)
                        .map(this::remembered)
                        .orElseGet(ring::last));
        if (listeners.get() >= MOST_LISTENERS) {
            return Directives.complete(Json.error(
                            StatusCodes.SERVICE_UNAVAILABLE,
                            MOST_LISTENERS + " listen already; close one, or try again")
                    .addHeader(RawHeader.create("Retry-After", "10")));
        }
        Source<ServerSentEvent, NotUsed> events = events(wanted, after);
        return Directives.respondWithHeaders(
                List.of(RawHeader.create("Cache-Control", "no-store"), RawHeader.create("X-Accel-Buffering", "no")),
                () -> Directives.completeOK(
                        seconds == 0 ? events : events.takeWithin(Duration.ofSeconds(seconds)),
                        EventStreamMarshalling.toEventStream()));
    }

    private static EventRing.Wanted wanted(Query query) {
        Set<Event.Kind> kinds = EnumSet.allOf(Event.Kind.class);
        if (query.text("kinds").isPresent()) {
            kinds.clear();
            for (String word : query.list("kinds")) {
                kinds.add(Event.Kind.of(word)
                        .orElseThrow(() -> new BadQueryException(
                                "kinds has \"" + Json.shown(word) + "\", and there are " + KINDS)));
            }
        } else if (query.text("level").isEmpty()) {
            kinds.remove(Event.Kind.LOG);
        }
        return new EventRing.Wanted(
                new HashSet<>(query.list("run")),
                kinds,
                LogRing.severity(query.word("level", LogRoutes.LEVELS, "INFO")));
    }

    private long given(String id) {
        if (id.equals("0")) {
            return 0;
        }
        if (!ID.matcher(id).matches()) {
            throw new BadQueryException(
                    "after is \"" + Json.shown(id) + "\", and must be the id of an event, or 0 for all that are kept");
        }
        return remembered(id);
    }

    // What another process has numbered comes before all of this one's, and some of it may be lost.
    private long remembered(String id) {
        Matcher parts = ID.matcher(id);
        return parts.matches() && parts.group(1).equals(ring.life()) ? Long.parseLong(parts.group(2)) : Long.MAX_VALUE;
    }

    private Source<ServerSentEvent, NotUsed> events(EventRing.Wanted wanted, long after) {
        return Source.unfoldAsync(
                        new Reading(after, false),
                        reading -> ring.after(reading.after, wanted, MOST_AT_ONCE, KEEP_ALIVE)
                                .thenApply(page -> reading.closed
                                        ? Optional.<Pair<Reading, List<ServerSentEvent>>>empty()
                                        : Optional.of(
                                                Pair.create(new Reading(page.next(), page.closed()), shown(page)))))
                .mapConcat(page -> page)
                .watchTermination((started, ended) -> {
                    listeners.incrementAndGet();
                    ended.whenComplete((done, failure) -> listeners.decrementAndGet());
                    return started;
                });
    }

    private record Reading(long after, boolean closed) {}

    private List<ServerSentEvent> shown(EventRing.Page page) {
        if (page.events().isEmpty() && !page.lost()) {
            return page.closed() ? List.of() : List.of(ServerSentEvent.heartbeat());
        }
        List<ServerSentEvent> shown = new ArrayList<>();
        if (page.lost()) {
            shown.add(ServerSentEvent.create("{}", LOST));
        }
        for (Event event : page.events()) {
            shown.add(ServerSentEvent.create(event.json(), event.kind().word(), ring.life() + "-" + event.number()));
        }
        return shown;
    }
}
