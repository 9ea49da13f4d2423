package org.unweave.cluster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

/** Pins that nodes of one authority talk over Artery, and that whoever is not of it neither sends nor receives. */
class ArteryKeysTest {
    private static final Config LOOPBACK = ConfigFactory.parseString("""
            pekko.actor.provider = remote
            pekko.loglevel = WARNING
            pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
            pekko.remote.warn-about-direct-use = off
            # A busy machine is no failure.
            pekko.actor.testkit.typed { default-timeout = 60s, system-shutdown-default = 60s, filter-leeway = 20s }
            """);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration MOST_FOR_THE_END = Duration.ofSeconds(15);

    @TempDir
    private Path folder;

    private final List<ActorTestKit> nodes = new ArrayList<>();

    // All at once, since the end of a TLS connection waits for the other side's. That Artery now and then leaves one
    // open for
    // good is nothing that is looked at here: a node's process ends all the same.
    @AfterEach
    void stop() {
        nodes.forEach(node -> node.system().terminate());
        nodes.forEach(node -> ActorTestKit.shutdown(node.system(), MOST_FOR_THE_END, false));
    }

    private NodeKeys keys(String authority, String node, String host) {
        return Authority.openOrMake(folder.resolve(authority)).issue(node, List.of(host));
    }

    private ActorTestKit start(NodeKeys keys) {
        ActorTestKit node = ActorTestKit.create(
                "unweave", keys.artery().withFallback(LOOPBACK).withFallback(ConfigFactory.load()));
        nodes.add(node);
        return node;
    }

    private static ActorRef<String> seenFrom(ActorTestKit from, ActorTestKit at, TestProbe<String> probe) {
        String address = ActorRefResolver.get(at.system()).toSerializationFormat(probe.getRef());
        return ActorRefResolver.get(from.system()).resolveActorRef(address);
    }

    private static int port(ActorTestKit node) {
        return node.system().address().getPort().orElseThrow();
    }

    /** A message that is sent, and for which no connection comes about. */
    private static void notSent(ActorTestKit from, ActorRef<String> to, String cause) {
        LoggingTestKit.empty()
                .withLogLevel(Level.WARN)
                .withMessageRegex(".*message stream] Upstream failed, cause: SSLHandshakeException.*" + cause + ".*")
                .withCheckExcess(false)
                .expect(from.system(), () -> {
                    to.tell("from a stranger");
                    return to;
                });
    }

    @Test
    void nodes_ofOneAuthority_talk() {
        ActorTestKit one = start(keys("ours", "node1", "127.0.0.1"));
        ActorTestKit two = start(keys("ours", "node2", "127.0.0.1"));
        TestProbe<String> probeOfOne = one.createTestProbe();
        TestProbe<String> probeOfTwo = two.createTestProbe();

        seenFrom(one, two, probeOfTwo).tell("there");
        probeOfTwo.expectMessage(PATIENCE, "there");
        seenFrom(two, one, probeOfOne).tell("and back");
        probeOfOne.expectMessage(PATIENCE, "and back");

        assertThat(one.system().settings().config().getString("pekko.remote.artery.transport"))
                .isEqualTo("tls-tcp");
    }

    @Test
    void stranger_ofAnotherAuthority_neitherSendsNorReceives() {
        ActorTestKit ours = start(keys("ours", "node1", "127.0.0.1"));
        ActorTestKit stranger = start(keys("strange", "node1", "127.0.0.1"));
        TestProbe<String> probe = ours.createTestProbe();
        TestProbe<String> strange = stranger.createTestProbe();

        notSent(stranger, seenFrom(stranger, ours, probe), "unable to find valid certification path");
        probe.expectNoMessage(Duration.ofMillis(200));
        notSent(ours, seenFrom(ours, stranger, strange), "unable to find valid certification path");
        strange.expectNoMessage(Duration.ofMillis(200));
    }

    @Test
    void node_atAHostThatItsCertificateIsNotFor_receivesNothing() {
        ActorTestKit ours = start(keys("ours", "node1", "127.0.0.1"));
        ActorTestKit elsewhere = start(keys("ours", "node2", "node2.example.org"));
        TestProbe<String> probe = elsewhere.createTestProbe();

        notSent(ours, seenFrom(ours, elsewhere, probe), "names matching IP address 127.0.0.1");
        probe.expectNoMessage(Duration.ofMillis(200));
    }

    /** A stranger that trusts everyone's authority gets past the node's certificate, and must fail by its own. */
    @Test
    void connection_withoutACertificateOfTheAuthority_isRefusedByTheNode() throws Exception {
        NodeKeys ours = keys("ours", "node1", "127.0.0.1");
        NodeKeys colleague = keys("ours", "node2", "127.0.0.1");
        NodeKeys strange = keys("strange", "node1", "127.0.0.1");
        int port = port(start(ours));

        try (SSLSocket socket = connect(port, colleague.keyManagers(), ours)) {
            socket.setSoTimeout(200);
            // Taken: the node waits for more, where it would have closed the connection otherwise.
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        }
        for (KeyManager[] wrong : new KeyManager[][] {strange.keyManagers(), {}}) {
            assertThatThrownBy(() -> {
                        try (SSLSocket socket = connect(port, wrong, ours)) {
                            socket.getInputStream().read();
                        }
                    })
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("certificate");
        }
    }

    private static SSLSocket connect(int port, KeyManager[] keys, NodeKeys trusting)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, trusting.trustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.startHandshake();
        return socket;
    }

    @Test
    void olderTls_isRefused() throws Exception {
        NodeKeys ours = keys("ours", "node1", "127.0.0.1");
        int port = port(start(ours));
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        context.init(ours.keyManagers(), ours.trustManagers(), null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setSoTimeout((int) PATIENCE.toMillis());
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }
}
