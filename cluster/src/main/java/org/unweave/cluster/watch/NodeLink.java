package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.EventStream;
import org.unweave.cluster.security.AccessException;

/**
 * The connection to a node: hears its events, asks how all stands, gives commands, and connects again when it breaks, to the
 * same node or to another that it has told of. What is heard waits until it is {@link #take}n; {@link #start}, take,
 * {@link #close}.
 */
public final class NodeLink implements AutoCloseable {
    private static final String API = "/api/v1";
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    /** Nodes send a comment every ten seconds if they have nothing to tell. */
    private static final Duration MOST_SILENCE = Duration.ofSeconds(30);

    private static final long STATUS_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MOST_WAITING = 4096;
    private static final int UNAVAILABLE = 503;
    private static final Set<String> CHANGE_WHAT_IS_LEFT = Set.of("checkpoint", "evaluated");

    private final Function<URI, ControlClient> open;
    private final Wanted wanted;
    private final Set<URI> nodes = new LinkedHashSet<>();
    private final BlockingQueue<Heard> heard = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread thread = new Thread(this::work, "unweave-watch");
    private volatile URI node;
    private volatile boolean live;
    private volatile boolean closed;
    private volatile long heardNanos = System.nanoTime();
    private volatile long retryNanos = System.nanoTime();
    private volatile @Nullable EventStream stream;
    private Duration pause = FIRST_PAUSE;
    private String lastId = "";

    /**
     * What is to be heard.
     *
     * @param level of lines of the log, and above
     * @param past whether what the node keeps of the past comes first, and the curves from the run's files
     */
    public record Wanted(String run, String level, boolean past) {}

    /** @param open makes a client of a node */
    public NodeLink(URI node, Function<URI, ControlClient> open, Wanted wanted) {
        this.node = node;
        this.nodes.add(node);
        this.open = open;
        this.wanted = wanted;
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** What was heard, the oldest first; null where nothing was within a time. */
    @Nullable
    Heard take(Duration patience) throws InterruptedException {
        EventStream listening = stream;
        if (live && listening != null && System.nanoTime() - heardNanos > MOST_SILENCE.toNanos()) {
            closeQuietly(listening);
        }
        return heard.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** How the connection is. */
    Link state() {
        long now = System.nanoTime();
        return new Link(node.toString(), live, (now - heardNanos) / 1e9, Math.max(0, (retryNanos - now) / 1e9));
    }

    /** Gives a command; what becomes of it is heard. */
    void give(Order order) {
        Thread.ofVirtual().start(() -> {
            Heard answer;
            try (ControlClient client = open.apply(node)) {
                client.post(order.path(), JsonNodeFactory.instance.objectNode());
                answer = new Heard.Answered(true, order.taken());
            } catch (ControlException e) {
                answer = new Heard.Answered(false, e.reason());
            } catch (AccessException e) {
                answer = new Heard.Answered(false, String.valueOf(e.getMessage()));
            }
            tell(answer);
        });
    }

    private void tell(Heard one) {
        try {
            heard.put(one);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        while (!closed) {
            try (ControlClient client = open.apply(node)) {
                listen(client);
                broken("the node ended the connection");
            } catch (ControlException e) {
                if (e.status() != 0 && e.status() != UNAVAILABLE) {
                    live = false;
                    tell(new Heard.Refused(e));
                    return;
                }
                broken(e.reason());
            } catch (AccessException e) { // This one may not be spoken to; the next one may.
                broken(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                broken("the connection broke off");
            }
        }
    }

    private void listen(ControlClient client) throws IOException {
        String query = "/events?run=" + wanted.run() + "&level=" + wanted.level()
                + (wanted.past() && lastId.isEmpty() ? "&after=0" : "");
        try (EventStream listening = client.listen(API + query, lastId)) {
            stream = listening;
            ask(client);
            heardNanos = System.nanoTime();
            live = true;
            boolean stale = false;
            long asked = heardNanos;
            for (EventStream.Heard event = listening.next(); event != null; event = listening.next()) {
                heardNanos = System.nanoTime();
                pause = FIRST_PAUSE;
                lastId = event.id().isEmpty() ? lastId : event.id();
                if (event.kind().isEmpty()) {
                    continue;
                }
                tell(new Heard.Happened(event));
                if (event.kind().equals("lost")) {
                    ask(client);
                }
                stale |= CHANGE_WHAT_IS_LEFT.contains(event.kind());
                if (stale && heardNanos - asked > STATUS_NANOS) {
                    tell(new Heard.Status(client.get(runPath())));
                    stale = false;
                    asked = System.nanoTime();
                }
            }
        } finally {
            stream = null;
            live = false;
        }
    }

    private String runPath() {
        return API + "/runs/" + wanted.run();
    }

    private void ask(ControlClient client) {
        JsonNode status = client.get(runPath());
        JsonNode all = client.get(API + "/nodes");
        for (JsonNode one : all.path("nodes")) {
            String url = one.path("url").asText();
            try {
                if (!url.isEmpty() && URI.create(url).getHost() != null) {
                    nodes.add(URI.create(url));
                }
            } catch (IllegalArgumentException unreachable) {
                continue; // It tells an address that is none.
            }
        }
        tell(new Heard.Answers(status, all, wanted.past() ? curves(client) : null));
    }

    private @Nullable JsonNode curves(ControlClient client) {
        try {
            return client.get(runPath() + WatchModel.CURVES);
        } catch (ControlException e) {
            // A node without the folder of runs has none; too many jobs are refused. What comes is shown all the same.
            if (e.status() == 0) {
                throw e;
            }
            return null;
        }
    }

    private void broken(String reason) {
        if (closed) {
            return;
        }
        URI failed = node;
        List<URI> all = new ArrayList<>(nodes);
        node = all.get((all.indexOf(failed) + 1) % all.size());
        retryNanos = System.nanoTime() + pause.toNanos();
        tell(new Heard.Broken(reason));
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private static void closeQuietly(EventStream one) {
        try {
            one.close();
        } catch (IOException e) {
            // Whoever reads hears of it.
            return;
        }
    }

    @Override
    public void close() {
        closed = true;
        EventStream listening = stream;
        if (listening != null) {
            closeQuietly(listening);
        }
        thread.interrupt();
    }
}
