package org.unweave.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a node into its cluster. The first of the seeds is the one that begins a cluster where none of the others knows of
 * one, or says anything. A first seed that is started again while it is cut off would begin a second one beside that of the
 * others, for good; so it begins to join when it reaches more than half of the seeds, itself counted, and gives them
 * {@link #FIRST_PATIENCE} to answer.
 */
final class Joining {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    /** How long the first seed asks others that listen and do not answer: their machines may be busy. */
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int CONNECT_MILLIS = 1000;

    private final ActorSystem<?> system;
    private final NodeOptions.Address own;
    private final List<NodeOptions.Address> seeds;

    private Joining(ActorSystem<?> system, NodeOptions.Address own, List<NodeOptions.Address> seeds) {
        this.system = system;
        this.own = own;
        this.seeds = seeds;
    }

    /** Begins to join, and returns at once. A node without seeds begins a cluster of its own. */
    static void begin(ActorSystem<?> system, NodeOptions options) {
        Joining joining = new Joining(system, options.address(), options.seeds());
        if (options.seeds().isEmpty()) {
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
        } else if (isFirst(options)) {
            Thread.ofVirtual().name("joining").start(joining::awaitOthers);
        } else {
            joining.join();
        }
    }

    /** What a node's config has of this. */
    static Map<String, Object> settings(NodeOptions options) {
        return isFirst(options)
                ? Map.of("pekko.cluster.seed-node-timeout", FIRST_PATIENCE.toSeconds() + "s")
                : Map.of();
    }

    private static boolean isFirst(NodeOptions options) {
        return !options.seeds().isEmpty() && options.seeds().getFirst().equals(options.address());
    }

    private void awaitOthers() {
        int told = 0;
        while (!system.getWhenTerminated().toCompletableFuture().isDone()) {
            int reached = reached();
            if (2 * reached > seeds.size()) {
                join();
                return;
            }
            if (reached != told) {
                told = reached;
                LOG.warn(
                        "reaches {} of the {} seeds {}; waits for more than half, so as not to begin a second cluster",
                        reached,
                        seeds.size(),
                        seeds);
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** How many seeds listen, this one included. */
    private int reached() {
        int reached = 0;
        for (NodeOptions.Address seed : seeds) {
            if (seed.equals(own) || listens(seed)) {
                reached++;
            }
        }
        return reached;
    }

    private static boolean listens(NodeOptions.Address seed) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(seed.host(), seed.port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void join() {
        Cluster.get(system)
                .manager()
                .tell(new JoinSeedNodes(seeds.stream()
                        .map(seed -> AddressFromURIString.parse("pekko://" + system.name() + "@" + seed))
                        .toList()));
    }
}
