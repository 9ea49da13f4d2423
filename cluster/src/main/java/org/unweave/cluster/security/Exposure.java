package org.unweave.cluster.security;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node may bind to. Loopback is trusted: whoever has an account on the machine reaches it. Beyond loopback the
 * cluster's port wants keys, and the HTTP port keys and a token; the person who starts the node may say that it is to be
 * open all the same, which is logged as a warning.
 */
public final class Exposure {
    private static final Logger LOG = LoggerFactory.getLogger(Exposure.class);
    private static final String REMEDY =
            "; make keys by bin/unweave keys --folder DIR --node NAME --host HOST and start the"
                    + " node with --keys DIR/NAME, or bind to 127.0.0.1, or give --insecure where everyone on the network is trusted";

    private Exposure() {}

    /**
     * Whether others than this machine may reach what binds to a host. True for {@code 0.0.0.0}, {@code ::}, the empty
     * name, and a name of which any address is not a loopback address.
     *
     * @throws AccessException if the name has no address
     */
    public static boolean beyondLoopback(String host) {
        if (host.isBlank()) {
            return true;
        }
        try {
            return beyondLoopback(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            throw new AccessException("the host name " + host + " has no address; give one that this machine has", e);
        }
    }

    static boolean beyondLoopback(InetAddress... addresses) {
        return !Arrays.stream(addresses).allMatch(InetAddress::isLoopbackAddress);
    }

    /**
     * Refuses a cluster port that strangers could reach.
     *
     * @param host what it binds to
     * @param keys whether there are keys for mutual TLS
     * @throws AccessException if it would be open and {@code insecure} is not said
     */
    public static void requireGuardedCluster(String host, boolean keys, boolean insecure) {
        if (keys || !beyondLoopback(host)) {
            return;
        }
        String open = "the cluster's port on " + named(host) + " would take messages from anyone who reaches it";
        refuseUnless(insecure, open, "there are no keys for TLS");
    }

    /**
     * Refuses an HTTP port that strangers could reach.
     *
     * @param host what it binds to
     * @param keys whether there are keys for HTTPS
     * @param token whether there is a bearer token
     * @throws AccessException if it would be open and {@code insecure} is not said
     */
    public static void requireGuardedHttp(String host, boolean keys, boolean token, boolean insecure) {
        if ((keys && token) || !beyondLoopback(host)) {
            return;
        }
        String missing = keys
                ? "there is no token"
                : token
                        ? "there are no keys for HTTPS, and the token would be readable on the way"
                        : "there are neither keys nor a token";
        refuseUnless(
                insecure,
                "the HTTP port on " + named(host) + " would take commands from anyone who reaches it",
                missing);
    }

    private static void refuseUnless(boolean insecure, String open, String missing) {
        if (!insecure) {
            throw new AccessException(open + ": " + missing + REMEDY);
        }
        LOG.warn("--insecure: {}: {}", open, missing);
    }

    private static String named(String host) {
        return host.isBlank() ? "every address" : host;
    }
}
