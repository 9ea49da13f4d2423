package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.cluster.security.AccessException;
import org.unweave.cluster.security.Authority;
import org.unweave.cluster.security.NodeKeys;

/** Pins who is answered, and that whatever is wrong is said in a line of JSON. */
class HttpServerTest {
    @TempDir
    private Path folder;

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private URI open() throws Exception {
        return server.start(null, null, List.of("node1.example.org", "proxy.example.org:443"))
                .address();
    }

    private NodeKeys keys() {
        return Authority.openOrMake(folder.resolve("keys")).issue("node1", List.of("127.0.0.1", "localhost"));
    }

    private static void isError(String response, int status, String... words) {
        assertThat(RawHttp.status(response)).as(response).isEqualTo(status);
        assertThat(response).contains("Content-Type: application/json");
        assertThat(RawHttp.body(response)).startsWith("{\"error\":\"").doesNotContain("\\tat ", "org.unweave");
        assertThat(List.of(words)).allSatisfy(word -> assertThat(response).contains(word));
    }

    @Test
    void probes_areAnsweredByState() throws Exception {
        URI node = open();
        assertThat(RawHttp.body(RawHttp.exchange(node, "GET /health HTTP/1.1|Host: 10.0.0.9:PORT")))
                .isEqualTo("{\"state\":\"up\"}");
        assertThat(RawHttp.status(RawHttp.exchange(node, "GET /ready HTTP/1.1|Host: 10.0.0.9")))
                .isEqualTo(200);

        server.notReady.set(Optional.of("no supervisor is known yet"));

        isError(RawHttp.exchange(node, "GET /ready HTTP/1.1|Host: x"), 503, "no supervisor is known yet");
        assertThat(RawHttp.status(RawHttp.exchange(node, "GET /health HTTP/1.1|Host: x")))
                .isEqualTo(200);
        isError(RawHttp.exchange(node, "POST /health HTTP/1.1|Host: x|Content-Length: 0"), 405);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:PORT",
                "LOCALHOST:PORT",
                "127.0.0.1:PORT",
                "[::1]:PORT",
                "node1.example.org:PORT",
                "proxy.example.org:443"
            })
    void names_ofTheNode_areTaken(String host) throws Exception {
        String response = RawHttp.exchange(open(), "GET /jobs HTTP/1.1|Host: " + host);
        assertThat(RawHttp.body(response)).isEqualTo("[\"topk\"]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example.com:PORT", "evil.example.com", "localhost", "localhost:1", "127.0.0.1:80",
                "localhost.evil.example.com:PORT", "node1.example.org", "proxy.example.org", "127.0.0.2:PORT",
                        "[::2]:PORT"
            })
    void names_thatAreNotTheNodes_areRefused(String host) throws Exception {
        isError(RawHttp.exchange(open(), "GET /jobs HTTP/1.1|Host: " + host), 403, "not to be called by the name");
    }

    @Test
    void names_ofTheCertificate_areTaken() throws Exception {
        NodeKeys keys =
                Authority.openOrMake(folder.resolve("keys")).issue("node1", List.of("node1.example.org", "fd00::1"));
        HostNames names = new HostNames(keys.hosts(), 7070, 443);
        assertThat(names.allow("node1.example.org:7070")).isTrue();
        assertThat(names.allow("[fd00::1]:7070")).isTrue();
        assertThat(names.allow("node1.example.org")).isFalse();
        assertThat(HostNames.authority(keys.hosts().get(1), 7070)).isEqualTo("[fd00:0:0:0:0:0:0:1]:7070");
    }

    @Test
    void addressOfEveryAddress_isTheFirstName() throws Exception {
        NodeKeys keys = keys();
        for (List<String> names : List.of(List.of("node1.example.org"), List.of("proxy.example.org:443"))) {
            HttpServer.Settings every = new HttpServer.Settings(
                    "0.0.0.0", 0, names, keys, keys.token().orElseThrow(), false);
            URI address = HttpServer.start(server.kit.system(), every, Optional::empty, List.of())
                    .toCompletableFuture()
                    .get()
                    .address();
            assertThat(address).hasScheme("https").hasHost(names.getFirst().replace(":443", ""));
            assertThat(address.getPort() == 443).isEqualTo(names.getFirst().endsWith(":443"));
        }
    }

    @Test
    void requests_withTwoHosts_areRefused() throws Exception {
        isError(
                RawHttp.exchange(open(), "GET /jobs HTTP/1.1|Host: 127.0.0.1:PORT|Host: evil.example.com"),
                400,
                "Host");
    }

    @Test
    void requests_withoutHost_areRefused() throws Exception {
        URI node = open();
        isError(RawHttp.exchange(node, "GET /jobs HTTP/1.1"), 400, "Host");
        isError(RawHttp.exchange(node, "GET /jobs HTTP/1.0"), 400, "Host");
        isError(RawHttp.exchange(node, "GET /jobs HTTP/1.1|Host:"), 400, "Host");
        isError(RawHttp.exchange(node, "GET http://evil.example.com/jobs HTTP/1.1|Host: 127.0.0.1:PORT"), 400, "Host");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:PORT, 200",
        "https://127.0.0.1:PORT, 200",
        "http://localhost:PORT, 403",
        "http://127.0.0.1, 403",
        "http://evil.example.com, 403",
        "http://127.0.0.1:PORT.evil.example.com, 403",
        "null, 403",
    })
    void pages_ofOtherOrigins_areRefused(String origin, int status) throws Exception {
        String response = RawHttp.exchange(open(), "GET /jobs HTTP/1.1|Host: 127.0.0.1:PORT|Origin: " + origin);
        assertThat(RawHttp.status(response)).as(response).isEqualTo(status);
        assertThat(response.contains("topk")).isEqualTo(status == 200);
    }

    @Test
    void bodies_areBounded() throws Exception {
        URI node = open();
        String head = "POST /echo HTTP/1.1|Host: 127.0.0.1:PORT|Content-Type: text/plain|";
        String most = "x".repeat((int) HttpServer.MOST_BODY_BYTES);
        assertThat(RawHttp.body(RawHttp.exchange(node, head + "Content-Length: " + most.length(), most)))
                .isEqualTo("{\"length\":1048576}");
        isError(RawHttp.exchange(node, head + "Content-Length: 1048577"), 413, "1048576 bytes at most");
        String chunks = ("10000\r\n" + "x".repeat(1 << 16) + "\r\n").repeat(17) + "0\r\n\r\n";
        isError(RawHttp.exchange(node, head + "Transfer-Encoding: chunked", chunks), 413, "1048576 bytes at most");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /nothing  | 404 | could not be found",
                "DELETE /jobs  | 405 | GET",
                "GET /broken   | 500 | log has the reason",
                "FROB /jobs    | 501 | method",
                "GET /%zz      | 400 | Illegal",
            })
    void errors_areLinesOfJson(String request, int status, String word) throws Exception {
        String response = RawHttp.exchange(open(), request.strip() + " HTTP/1.1\r\nHost: 127.0.0.1:PORT");
        isError(response, status, word);
        assertThat(response).doesNotContain("secret reason", "Server:");
    }

    @Test
    void token_isWantedOfEveryRequestButProbes() throws Exception {
        NodeKeys keys = keys();
        URI node = server.start(null, keys.token().orElseThrow(), List.of()).address();
        String jobs = "GET /jobs HTTP/1.1|Host: 127.0.0.1:PORT";
        String right = keys.token().orElseThrow().authorization();

        assertThat(RawHttp.status(RawHttp.exchange(node, jobs + "|Authorization: " + right)))
                .isEqualTo(200);
        for (String wrong : List.of(
                "", "|Authorization: " + right + "x", "|Authorization: Basic dTpw", "|Cookie: token=" + right)) {
            String response = RawHttp.exchange(node, jobs + wrong);
            isError(response, 401, "token");
            assertThat(response)
                    .contains("WWW-Authenticate: Bearer realm=\"unweave\"")
                    .doesNotContain(right);
        }
        isError(RawHttp.exchange(node, "GET /nothing HTTP/1.1|Host: 127.0.0.1:PORT"), 401);
        assertThat(RawHttp.status(RawHttp.exchange(node, "GET /health HTTP/1.1|Host: x")))
                .isEqualTo(200);
    }

    @Test
    void https_isSpokenWithTheNodesKeys() throws Exception {
        NodeKeys keys = keys();
        URI node = server.start(keys, keys.token().orElseThrow(), List.of()).address();
        assertThat(node).hasScheme("https");
        try (ControlClient client =
                ControlClient.of(new ControlClient.Access(node, keys.tokenFile(), keys.authorityFile(), false))) {
            assertThat(client.get("/jobs").get(0).asText()).isEqualTo("topk");
            assertThat(client.post("/echo", Json.MAPPER.createObjectNode().put("a", 1))
                            .get("length")
                            .asInt())
                    .isEqualTo(7);
        }
    }

    @Test
    void ports_thatAreTaken_areNamed() throws Exception {
        int port = open().getPort();
        HttpServer.Settings same = new HttpServer.Settings("127.0.0.1", port, List.of(), null, null, false);
        assertThatThrownBy(() -> HttpServer.start(server.kit.system(), same, Optional::empty, List.of())
                        .toCompletableFuture()
                        .get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(ControlException.class)
                .hasMessageContainingAll("cannot listen at 127.0.0.1:" + port, "choose a port that is free");
    }

    @Test
    void server_thatWouldBeOpenToStrangers_doesNotStart() {
        HttpServer.Settings open = new HttpServer.Settings("0.0.0.0", 0, List.of(), null, null, false);
        assertThatThrownBy(() -> HttpServer.start(server.kit.system(), open, Optional::empty, List.of()))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("bin/unweave keys");
    }

    @Test
    void server_endsWithItsActorSystem() throws Exception {
        ActorTestKit own = ActorTestKit.create("ends");
        URI node = HttpServer.start(
                        own.system(),
                        new HttpServer.Settings("127.0.0.1", 0, List.of(), null, null, false),
                        Optional::empty,
                        List.of())
                .toCompletableFuture()
                .get()
                .address();
        assertThat(RawHttp.status(RawHttp.exchange(node, "GET /health HTTP/1.1|Host: x")))
                .isEqualTo(200);

        own.shutdownTestKit();

        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), node.getPort()))
                .isInstanceOf(ConnectException.class);
    }
}
