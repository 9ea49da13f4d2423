package org.unweave.cluster;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlClient;
import org.unweave.config.RunConfig;
import org.unweave.eval.RunMirror;
import org.unweave.model.data.ShardSource;

/** The other nodes of a cluster, as far as a run's files are had from them. */
final class Peers implements AutoCloseable {
    /** There are none, or none is needed: all files of a run are here. */
    static final Peers NONE = new Peers(List.of(), null, Needs.NOTHING, node -> {
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

    private final List<URI> nodes;
    private final @Nullable URI own;
    private final Needs needs;
    private final List<ControlClient> others;

    /**
     * @param nodes all that serve files, in the same order on each of them
     * @param own this one; null where it does not serve
     * @param client connects to a node
     */
    Peers(List<URI> nodes, @Nullable URI own, Needs needs, Function<URI, ControlClient> client) {
        this.nodes = List.copyOf(nodes);
        this.own = own;
        this.needs = needs;
        this.others =
                nodes.stream().filter(node -> !node.equals(own)).map(client).toList();
    }

    ShardSource shards() {
        return needs.activations()
                ? new PeerShards(Math.max(1, nodes.size()), own == null ? -1 : nodes.indexOf(own), others)
                : ShardSource.NONE;
    }

    RunMirror mirror(RunConfig run) {
        return needs.run() ? new PulledRun(run.name(), run.folder(), others) : RunMirror.NONE;
    }

    @Override
    public void close() {
        others.forEach(ControlClient::close);
    }
}
