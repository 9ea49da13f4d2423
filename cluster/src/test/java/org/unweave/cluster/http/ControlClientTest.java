package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.cluster.security.AccessException;
import org.unweave.cluster.security.Authority;
import org.unweave.cluster.security.NodeKeys;

/** Pins that whoever cannot command a node is told why and what to do. */
class ControlClientTest {
    @TempDir
    private Path folder;

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private NodeKeys keys(String authority, String host) {
        return Authority.openOrMake(folder.resolve(authority)).issue("node1", List.of(host));
    }

    private static void fails(URI node, @Nullable Path token, @Nullable Path authority, int status, String... words) {
        try (ControlClient client = ControlClient.of(new ControlClient.Access(node, token, authority, false))) {
            assertThatThrownBy(() -> client.get("/jobs"))
                    .isInstanceOf(ControlException.class)
                    .hasMessageContaining(node.toString())
                    .hasMessageContainingAll(words)
                    .extracting(failure -> ((ControlException) failure).status())
                    .isEqualTo(status);
        }
    }

    @Test
    void answers_areJson() throws Exception {
        URI node = server.start(null, null, List.of()).address();
        try (ControlClient client = TestServer.client(node)) {
            assertThat(client.get("/jobs").get(0).asText()).isEqualTo("topk");
            assertThat(client.post("/echo", Json.MAPPER.createArrayNode())
                            .get("length")
                            .asInt())
                    .isEqualTo(2);
            assertThatThrownBy(() -> client.get("/nothing"))
                    .isInstanceOf(ControlException.class)
                    .hasMessageContainingAll("(404)", "could not be found");
        }
    }

    @Test
    void node_thatIsNotThere_isSaid() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        fails(URI.create("http://127.0.0.1:" + port), null, null, 0, "no node listens at", "bin/unweave node");
    }

    @Test
    void token_thatIsWantedOrWrong_isSaid() throws Exception {
        NodeKeys keys = keys("keys", "127.0.0.1");
        URI node = server.start(null, keys.token().orElseThrow(), List.of()).address();
        fails(node, null, null, 401, "wants a token", "--token-file");
        Path other = keys("other", "127.0.0.1").tokenFile();
        fails(node, other, null, 401, "does not take the token of " + other, "--token-file");
        try (ControlClient client = ControlClient.of(new ControlClient.Access(node, keys.tokenFile(), null, false))) {
            assertThat(client.get("/jobs").size()).isEqualTo(1);
        }
    }

    @Test
    void tls_withAStranger_isRefusedByTheClient() throws Exception {
        NodeKeys keys = keys("keys", "127.0.0.1");
        URI node = server.start(keys, keys.token().orElseThrow(), List.of()).address();
        fails(node, keys.tokenFile(), keys("other", "127.0.0.1").authorityFile(), 0, "no TLS with", "--ca");
        fails(node, keys.tokenFile(), null, 0, "no TLS with", "--ca");
    }

    @Test
    void tls_withANodeOfAnotherName_isRefusedByTheClient() throws Exception {
        NodeKeys keys = keys("keys", "node1.example.org");
        URI node = server.start(keys, keys.token().orElseThrow(), List.of()).address();
        fails(node, keys.tokenFile(), keys.authorityFile(), 0, "no TLS with", "a name that its own certificate is for");
    }

    @Test
    void schemes_thatDoNotFit_areSaid() throws Exception {
        NodeKeys keys = keys("keys", "127.0.0.1");
        URI secure = server.start(keys, null, List.of()).address();
        fails(URI.create(secure.toString().replace("https", "http")), null, null, 0, "if it speaks https, say so");
        URI plain = server.start(null, null, List.of()).address();
        fails(URI.create(plain.toString().replace("http", "https")), null, keys.authorityFile(), 0, "no TLS with");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x:7070", "ftp://127.0.0.1", "http:///path", "node1"})
    void addresses_thatAreNone_areRefused(String address) {
        assertThatThrownBy(() -> TestServer.client(URI.create(address)))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("is no address of a node");
    }

    @Test
    void token_thatWouldBeReadableOnItsWay_staysHere() {
        Path token = keys("keys", "127.0.0.1").tokenFile();
        URI node = URI.create("http://192.0.2.1:7070");
        assertThatThrownBy(() -> ControlClient.of(new ControlClient.Access(node, token, null, false)))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll("readable", "use https", "--insecure");
        ControlClient.of(new ControlClient.Access(node, token, null, true)).close();
    }

    @Test
    void tokenFile_thatOthersMayRead_isRefused() throws Exception {
        Path token = keys("keys", "127.0.0.1").tokenFile();
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> ControlClient.of(
                        new ControlClient.Access(URI.create("http://127.0.0.1:1"), token, null, false)))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("chmod 600");
    }
}
