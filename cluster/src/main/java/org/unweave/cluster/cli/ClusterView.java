package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unweave.cluster.RunException;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/**
 * A cluster as it is seen from outside: asked by whichever node with the role web answers. The others are learned from the
 * first, so that its loss is not the end of the view.
 */
final class ClusterView implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofMillis(500);
    /** Answers after which is asked anew which nodes there are. */
    private static final int LEARN_EVERY = 20;

    private static final int UNAVAILABLE = 503;

    private final NodeAccess access;
    private final Set<URI> nodes = new LinkedHashSet<>();
    private ControlClient client;
    private int answers;

    ClusterView(NodeAccess access) {
        this.access = access;
        this.nodes.add(access.node());
        this.client = access.open();
    }

    /**
     * Asks, one node after the other, until one answers.
     *
     * @throws ControlException if none does for ten minutes, or if a request is refused
     */
    JsonNode get(String path) {
        long start = System.nanoTime();
        while (true) {
            try {
                if (answers++ % LEARN_EVERY == 0) {
                    learn();
                }
                return client.get(path);
            } catch (ControlException e) {
                // The node may be starting again, or the supervisor be on its way to another.
                boolean passing = e.status() == 0 || e.status() == UNAVAILABLE;
                if (!passing || System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
                pause(PAUSE);
                next();
            }
        }
    }

    private void learn() {
        for (JsonNode node : client.get("/api/v1/status").path("nodes")) {
            String url = node.path("url").asText();
            if (!url.isEmpty()) {
                nodes.add(URI.create(url));
            }
        }
    }

    private void next() {
        List<URI> all = new ArrayList<>(nodes);
        URI following = all.get((all.indexOf(client.address()) + 1) % all.size());
        client.close();
        client = access.open(following);
    }

    /** Waits before the next question. */
    static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("the following was interrupted; the run goes on", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
