package org.unweave.cluster;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlClient;
import org.unweave.config.RunConfig;
import org.unweave.eval.RunMirror;
import org.unweave.model.data.ShardSource;

/** The other nodes of a cluster, as far as a run's files are had from them. */
final class Peers implements AutoCloseable {
    /** There are none, or none is needed: all files of a run are here. */
    static final Peers NONE = new Peers(List::of, null, Needs.NOTHING, node -> {
        throw new IllegalStateException("nobody asks " + node);
    });

    /**
     * What is had from them.
     *
     * @param activations whether shards are
     * @param run whether checkpoints are, and reports go to them: the folder of runs is this node's own
     */
    record Needs(boolean activations, boolean run) {
        static final Needs NOTHING = new Needs(false, false);
    }

    private final Supplier<List<String>> nodes;
    private final @Nullable URI own;
    private final Needs needs;
    private final Function<URI, ControlClient> connect;
    private final Map<URI, ControlClient> clients = new HashMap<>();

    /**
     * @param nodes all that serve files now, in the same order on each of them
     * @param own this one; null where it does not serve
     * @param connect opens a client of a node
     */
    Peers(Supplier<List<String>> nodes, @Nullable URI own, Needs needs, Function<URI, ControlClient> connect) {
        this.nodes = nodes;
        this.own = own;
        this.needs = needs;
        this.connect = connect;
    }

    private synchronized List<ControlClient> others() {
        return nodes.get().stream()
                .map(URI::create)
                .filter(node -> !node.equals(own))
                .map(node -> clients.computeIfAbsent(node, connect))
                .toList();
    }

    ShardSource shards() {
        if (!needs.activations()) {
            return ShardSource.NONE;
        }
        List<String> all = nodes.get();
        return new PeerShards(Math.max(1, all.size()), own == null ? -1 : all.indexOf(own.toString()), others());
    }

    RunMirror mirror(RunConfig run) {
        return needs.run() ? new PulledRun(run.name(), run.folder(), this::others) : RunMirror.NONE;
    }

    @Override
    public synchronized void close() {
        clients.values().forEach(ControlClient::close);
        clients.clear();
    }
}
