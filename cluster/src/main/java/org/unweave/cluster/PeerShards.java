package org.unweave.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.FilePull;
import org.unweave.cluster.http.FileRoutes;
import org.unweave.model.data.ShardSource;

/**
 * Activation shards that other nodes of a cluster have, over HTTP. Each node has a part of the shards of its own, so that
 * nodes which begin at the same time share the harvest. A node that does not answer is not asked again.
 */
final class PeerShards implements ShardSource {
    /** The root under which nodes serve their stores. */
    static final String ROOT = "activations";

    private static final Logger LOG = LoggerFactory.getLogger(PeerShards.class);
    private static final int NOT_FOUND = 404;

    private final int parts;
    private final int ownPart;
    private final List<ControlClient> others;

    /**
     * @param parts of the shards, one for each node that serves files
     * @param ownPart this node's, from 0; -1 for none
     * @param others the nodes beside this one
     */
    PeerShards(int parts, int ownPart, List<ControlClient> others) {
        this.parts = parts;
        this.ownPart = ownPart;
        this.others = new ArrayList<>(others);
    }

    @Override
    public boolean isOwn(int number) {
        return number % parts == ownPart;
    }

    @Override
    public boolean fetch(String store, Path shard, Path checksum, long sizeBytes) {
        return List.copyOf(others).stream().anyMatch(node -> fetch(node, store, shard, checksum, sizeBytes));
    }

    private boolean fetch(ControlClient node, String store, Path shard, Path checksum, long sizeBytes) {
        try {
            FilePull pull = new FilePull(node);
            pull.pull(path(store, checksum), checksum);
            pull.pull(path(store, shard), shard, sizeBytes, Files.readString(checksum, StandardCharsets.US_ASCII));
            LOG.info("activation shard {} comes from {}", shard.getFileName(), node.address());
            return true;
        } catch (ControlException e) {
            if (e.status() == 0) {
                others.remove(node);
            }
            if (e.status() != NOT_FOUND) {
                LOG.warn("activation shard {} does not come: {}", shard.getFileName(), e.getMessage());
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(checksum + " cannot be read (" + e + ")", e);
        }
    }

    private static String path(String store, Path file) {
        return FileRoutes.path(ROOT, List.of(store, String.valueOf(file.getFileName())));
    }
}
