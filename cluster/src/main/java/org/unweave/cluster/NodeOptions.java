package org.unweave.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.security.NodeKeys;

/**
 * What a node is started with.
 *
 * @param address where other nodes reach it; port 0 takes any that is free
 * @param seeds nodes of the cluster to join; none, and it begins one
 * @param slots what jobs train on here
 * @param evaluators checkpoints that are judged here at the same time
 * @param runsFolder the folder of all runs, shared by the nodes
 * @param cache the folder of the bundle and of activations
 * @param apart whether the folder of runs is its own, not the one that the nodes share
 * @param activations where those come from that are not in the cache
 * @param journal where the supervisor's journal is
 * @param stableAfter how long nodes must be unreachable before they are given up
 * @param http where a node with the role web takes commands; port 0 takes any that is free
 * @param keys for TLS, and the token for commands; without them both ports are open to whoever reaches them
 * @param hooks whether runs may have programs run and addresses called on it, while it has the supervisor
 * @param insecure whether they may be so beyond loopback
 */
public record NodeOptions(
        Set<Role> roles,
        Address address,
        List<Address> seeds,
        NodeSlots slots,
        int evaluators,
        Path runsFolder,
        boolean apart,
        Path cache,
        Activations activations,
        JournalPlace journal,
        Duration stableAfter,
        Address http,
        @Nullable NodeKeys keys,
        boolean hooks,
        boolean insecure) {

    /** What a node does. */
    public enum Role {
        /** One of them holds the supervisor; another takes over when it dies. */
        SUPERVISOR,
        TRAINER,
        EVALUATOR,
        /** Serves the control interface. */
        WEB;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where a node's activations come from, beside its cache. */
    public enum Activations {
        /** It harvests what it needs. */
        OWN,
        /** It harvests a part, and takes what others have from them. */
        PULL;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A host and a port, as {@code 127.0.0.1:25520}. */
    public record Address(String host, int port) {
        /** Reads {@code HOST:PORT}; an IPv6 address stands in brackets. */
        public static Address parse(String text) {
            int colon = text.lastIndexOf(':');
            try {
                String host = text.substring(0, colon);
                int port = Integer.parseInt(text.substring(colon + 1));
                if (host.isEmpty() || port < 0 || port > 65_535) {
                    throw new NumberFormatException("out of range");
                }
                return new Address(host, port);
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" is no HOST:PORT, as 127.0.0.1:25520; a port is 0 to 65535", e);
            }
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * Where the supervisor's journal is.
     *
     * @param url of JDBC, H2's or PostgreSQL's
     * @param user of the database
     * @param passwordFile a file with the password; empty for none
     */
    public record JournalPlace(String url, String user, String passwordFile) {
        private static final String POSTGRESQL = "jdbc:postgresql:";

        /** A file of this folder, which one process opens at a time. */
        public static JournalPlace file(Path folder) {
            // A process may be killed at any moment, and be started again at once. H2 writes commits in the background;
            // JournalForce waits for them. Of cycles of writing, killing and opening, a delay of 0 alone lost the last
            // commit in 2 of 70, forcing each commit without the second setting in 1 of 40, both together in none of
            // 40. A process that is told to end closes it after the last entry: H2 on its own would close it before.
            return new JournalPlace(
                    "jdbc:h2:file:" + folder.toAbsolutePath().resolve("journal")
                            + ";WRITE_DELAY=0;REUSE_SPACE=FALSE;MAX_COMPACT_TIME=0;DB_CLOSE_ON_EXIT=FALSE",
                    "unweave",
                    "");
        }

        boolean postgresql() {
            return url.startsWith(POSTGRESQL);
        }
    }

    public NodeOptions {
        roles = Set.copyOf(roles);
        seeds = List.copyOf(seeds);
    }

    boolean has(Role role) {
        return roles.contains(role);
    }
}
