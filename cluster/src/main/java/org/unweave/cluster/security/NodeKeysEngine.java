package org.unweave.cluster.security;

import java.nio.file.Path;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.remote.artery.tcp.ConfigSSLEngineProvider;

/**
 * Pekko's own TLS engine for Artery, with keys from the folder that stands where the name of a key store would. Protocol,
 * mutual authentication and the verification of host names stay Pekko's work. Artery makes it, by its name in {@link
 * NodeKeys#artery}.
 */
final class NodeKeysEngine extends ConfigSSLEngineProvider {
    private final NodeKeys keys;

    NodeKeysEngine(ActorSystem system) {
        super(system);
        keys = NodeKeys.open(Path.of(SSLKeyStore()));
    }

    @Override
    public KeyManager[] keyManagers() {
        return keys.keyManagers();
    }

    @Override
    public TrustManager[] trustManagers() {
        return keys.trustManagers();
    }
}
