package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins that files below the root are served by range, and that no path leads out of it. */
class FileRoutesTest {
    @TempDir
    private Path folder;

    private final TestServer server = new TestServer();
    private Path root;
    private URI node;

    @BeforeEach
    void serve() throws Exception {
        root = folder.resolve("runs");
        Files.createDirectories(root.resolve("one/topk-k64"));
        Files.writeString(root.resolve("one/topk-k64/state.safetensors"), "0123456789");
        Files.writeString(root.resolve("one/.hidden"), "secret");
        Files.writeString(root.resolve("one/Upper"), "secret");
        Files.writeString(folder.resolve("token"), "secret");
        Files.createSymbolicLink(root.resolve("one/link"), folder.resolve("token"));
        Files.createSymbolicLink(root.resolve("one/out"), folder);
        Files.createSymbolicLink(root.resolve("two"), root.resolve("one"));
        node = server.start(null, null, List.of(), FileRoutes.of(Map.of("runs", root)))
                .address();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String get(String path, String... headers) throws IOException {
        String more = headers.length == 0 ? "" : "|" + String.join("|", headers);
        return RawHttp.exchange(node, "GET " + path + " HTTP/1.1|Host: 127.0.0.1:PORT" + more);
    }

    @Test
    void file_isServedWhole() throws IOException {
        String response = get("/files/runs/one/topk-k64/state.safetensors");
        assertThat(RawHttp.status(response)).isEqualTo(200);
        assertThat(response)
                .contains("Accept-Ranges: bytes", "Content-Length: 10", "Content-Type: application/octet-stream");
        assertThat(RawHttp.body(response)).isEqualTo("0123456789");
    }

    @Test
    void file_isDescribed() throws IOException {
        assertThat(RawHttp.body(get("/files/runs/one/topk-k64/state.safetensors?sha256")))
                .isEqualTo(
                        "{\"size\":10,\"sha256\":\"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\"}");
        assertThat(RawHttp.status(get("/files/runs/one/link?sha256"))).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes=0-      | 206 | bytes 0-9/10 | 0123456789",
                "bytes=4-      | 206 | bytes 4-9/10 | 456789",
                "bytes=4-6     | 206 | bytes 4-6/10 | 456",
                "bytes=4-600   | 206 | bytes 4-9/10 | 456789",
                "bytes=-3      | 206 | bytes 7-9/10 | 789",
                "bytes=-300    | 206 | bytes 0-9/10 | 0123456789",
                "bytes=10-     | 416 | bytes */10   | {\"error\":\"the file has 10 bytes\"}",
                "bytes=0-1,4-5 | 200 |              | 0123456789",
                "lines=1-2     | 200 |              | 0123456789",
            })
    void range_isServedByItself(String range, int status, String contentRange, String body) throws IOException {
        String response = get("/files/runs/one/topk-k64/state.safetensors", "Range: " + range);
        assertThat(RawHttp.status(response)).as(response).isEqualTo(status);
        assertThat(RawHttp.body(response)).isEqualTo(body);
        if (contentRange == null) {
            assertThat(response).doesNotContain("Content-Range");
        } else {
            assertThat(response).contains("Content-Range: " + contentRange + "\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/files/runs/../token",
                "/files/runs/one/../../token",
                "/files/runs/%2e%2e/token",
                "/files/runs/..%2ftoken",
                "/files/runs/one/%2e%2e%2f%2e%2e%2ftoken",
                "/files/runs/one/..%5c..%5ctoken",
                "/files/runs/one%2ftopk-k64",
                "/files/runs//etc/passwd",
                "/files/runs/%2fetc%2fpasswd",
                "/files/runs/",
                "/files/runs",
                "/files/",
                "/files",
                "/files/runs/one",
                "/files/runs/one/",
                "/files/runs/one/link",
                "/files/runs/one/out/token",
                "/files/runs/one/.hidden",
                "/files/runs/one/Upper",
                "/files/runs/one/topk-k64/state.safetensors/",
                "/files/runs/one/topk-k64/state.safetensors%00",
                "/files/token/token",
                "/files/../token",
                "/files/%2e/token",
                "/files/runs/one/./topk-k64/state.safetensors/x"
            })
    void paths_thatLeadElsewhere_areNotFound(String path) throws IOException {
        String response = get(path);
        assertThat(RawHttp.status(response)).as(response).isEqualTo(404);
        assertThat(RawHttp.body(response)).startsWith("{\"error\":").doesNotContain("secret", folder.toString());
    }

    @Test
    void names_areOfANarrowForm() {
        ServedFolder served = new ServedFolder(root);
        assertThat(served.file(List.of("one", "topk-k64", "state.safetensors"))).isPresent();
        // A link within the root leads nowhere else.
        assertThat(served.file(List.of("two", "topk-k64", "state.safetensors"))).isPresent();
        assertThat(served.file(List.of())).isEmpty();
        for (String name : List.of(
                "", "..", ".", "/etc/passwd", "one/..", "a".repeat(201), "one\0", "öne", "-one", "o ne", "C:\\x")) {
            assertThat(served.file(List.of(name))).as(name).isEmpty();
            assertThat(served.file(List.of("one", name, "x"))).as(name).isEmpty();
        }
    }

    @Test
    void name_ofTheGreatestLength_isServed() throws IOException {
        Files.writeString(root.resolve("a".repeat(200)), "x");
        assertThat(RawHttp.body(get("/files/runs/" + "a".repeat(200)))).isEqualTo("x");
        assertThat(RawHttp.status(get("/files/runs/" + "a".repeat(201)))).isEqualTo(404);
    }

    @Test
    void methods_otherThanGet_areRefused() throws IOException {
        String response = RawHttp.exchange(
                node, "DELETE /files/runs/one/topk-k64/state.safetensors HTTP/1.1|Host: 127.0.0.1:PORT");
        assertThat(RawHttp.status(response)).isEqualTo(405);
        assertThat(root.resolve("one/topk-k64/state.safetensors")).exists();
    }
}
