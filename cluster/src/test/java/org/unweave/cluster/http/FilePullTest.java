package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.file.Sha256;

/** Pins that a file comes whole or not at all, and that what came is not fetched twice. */
class FilePullTest {
    private static final int SIZE = 700_001;
    private static final String PATH = FileRoutes.path("runs", List.of("one", "state.safetensors"));

    @TempDir
    private Path folder;

    private final TestServer server = new TestServer();
    private byte[] bytes;
    private String sha256;
    private Path target;

    @BeforeEach
    void write() throws IOException {
        bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        sha256 = Sha256.of(bytes);
        Files.createDirectories(folder.resolve("runs/one"));
        Files.write(folder.resolve("runs/one/state.safetensors"), bytes);
        target = folder.resolve("here/checkpoint/state.safetensors");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private URI serve(String... names) throws Exception {
        return server.start(null, null, List.of(names), FileRoutes.of(Map.of("runs", folder.resolve("runs"))))
                .address();
    }

    private Path part() {
        return target.resolveSibling("state.safetensors.part");
    }

    private void writePart(byte[] text) throws IOException {
        Files.createDirectories(target.getParent());
        Files.write(part(), text);
    }

    private static long offset(String request) {
        Matcher range = Pattern.compile("Range: bytes=(\\d+)-\r\n").matcher(request);
        assertThat(range.find()).as(request).isTrue();
        return Long.parseLong(range.group(1));
    }

    private void isWhole() {
        assertThat(target).hasBinaryContent(bytes);
        assertThat(part()).doesNotExist();
    }

    @Test
    void file_comesWholeAndOnce() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(false)) {
            URI node = proxy.before(serve(proxy.name()));
            try (ControlClient client = TestServer.client(node)) {
                new FilePull(client).pull(PATH, target, SIZE, sha256);
                isWhole();
                new FilePull(client).pull(PATH, target, SIZE, sha256);
            }
            assertThat(proxy.requests).hasSize(1);
        }
    }

    @Test
    void transfer_thatIsCut_goesOnFromThere() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(false, 300_000L, 200_000L)) {
            URI node = proxy.before(serve(proxy.name()));
            try (ControlClient client = TestServer.client(node)) {
                new FilePull(client).pull(PATH, target, SIZE, sha256);
            }
            isWhole();
            assertThat(proxy.requests).hasSize(3);
            assertThat(proxy.requests.get(0)).doesNotContain("Range");
            // A little of what came may be lost in the client when the connection breaks.
            long first = offset(proxy.requests.get(1));
            assertThat(first).isBetween(150_000L, 300_000L);
            assertThat(offset(proxy.requests.get(2))).isGreaterThan(first).isLessThan(first + 200_000);
        }
    }

    @Test
    void transfer_thatStalls_isBrokenOffAndGoesOn() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(true, 300_000L)) {
            URI node = proxy.before(serve(proxy.name()));
            try (ControlClient client = TestServer.client(node)) {
                new FilePull(client, Duration.ofSeconds(1)).pull(PATH, target, SIZE, sha256);
            }
            isWhole();
            assertThat(proxy.requests).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void transfer_thatBringsNothing_endsWithItsReasonAndKeepsWhatCame() throws Exception {
        byte[] came = Arrays.copyOf(bytes, 250_000);
        writePart(came);
        // Enough for the head of the answer, not for a byte of the file.
        try (CuttingProxy proxy = new CuttingProxy(false, 100L)) {
            URI node = proxy.before(serve(proxy.name()));
            try (ControlClient client = TestServer.client(node)) {
                assertThatThrownBy(() -> new FilePull(client).pull(PATH, target, SIZE, sha256))
                        .isInstanceOf(ControlException.class)
                        .hasMessageContaining(node.toString());
                assertThat(part()).hasBinaryContent(came);
                new FilePull(client).pull(PATH, target, SIZE, sha256);
            }
            isWhole();
            assertThat(proxy.requests.getLast()).contains("Range: bytes=250000-");
        }
    }

    @Test
    void partOfAnotherFile_isThrownAwayOnce() throws Exception {
        URI node = serve();
        try (ControlClient client = TestServer.client(node)) {
            writePart(new byte[1000]);
            new FilePull(client).pull(PATH, target, SIZE, sha256);
            isWhole();
            Files.delete(target);
            writePart(new byte[SIZE + 1]);
            new FilePull(client).pull(PATH, target, SIZE, sha256);
            isWhole();
        }
    }

    @Test
    void checksum_thatDiffers_isNamedAndNothingIsKept() throws Exception {
        String other = Sha256.of("another file");
        Files.createDirectories(target.getParent());
        Files.writeString(target, "what was there");
        try (ControlClient client = TestServer.client(serve())) {
            assertThatThrownBy(() -> new FilePull(client).pull(PATH, target, SIZE, other))
                    .isInstanceOf(ControlException.class)
                    .hasMessageContainingAll(PATH, "has sha256 " + sha256, "where " + other + " is expected");
        }
        assertThat(target).hasContent("what was there");
        assertThat(part()).doesNotExist();
    }

    @Test
    void size_thatDiffers_isNamed() throws Exception {
        try (ControlClient client = TestServer.client(serve())) {
            FilePull pull = new FilePull(client);
            for (long other : new long[] {SIZE - 1, SIZE + 1}) {
                assertThatThrownBy(() -> pull.pull(PATH, target, other, sha256))
                        .isInstanceOf(ControlException.class)
                        .hasMessageContainingAll("has " + SIZE + " bytes", "where " + other + " are expected");
            }
            // All of the file is here, and more is expected.
            writePart(bytes);
            assertThatThrownBy(() -> pull.pull(PATH, target, SIZE + 1, sha256))
                    .isInstanceOf(ControlException.class)
                    .hasMessageContainingAll(
                            "no more than " + SIZE + " bytes", "where " + (SIZE + 1) + " are expected");
        }
        assertThat(target).doesNotExist();
    }

    @Test
    void file_withoutReference_comesByTheNodesOwn() throws Exception {
        Files.writeString(folder.resolve("runs/one/run.conf"), "seed = 1");
        try (ControlClient client = TestServer.client(serve())) {
            FilePull pull = new FilePull(client);
            pull.pull(FileRoutes.path("runs", List.of("one", "run.conf")), folder.resolve("run.conf"));
            assertThat(folder.resolve("run.conf")).hasContent("seed = 1");
            assertThatThrownBy(() -> pull.pull(FileRoutes.path("runs", List.of("one", "none")), folder.resolve("none")))
                    .isInstanceOf(ControlException.class)
                    .hasMessageContaining("there is no such file");
        }
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void emptyFile_comes() throws Exception {
        bytes = new byte[0];
        Files.write(folder.resolve("runs/one/state.safetensors"), bytes);
        try (ControlClient client = TestServer.client(serve())) {
            new FilePull(client).pull(PATH, target, 0, Sha256.of(bytes));
        }
        isWhole();
    }

    @Test
    void disk_thatIsTooSmall_isSaidBeforeAnythingComes() throws Exception {
        try (ControlClient client = TestServer.client(serve())) {
            assertThatThrownBy(() -> new FilePull(client).pull(PATH, target, Long.MAX_VALUE, sha256))
                    .hasMessageContainingAll(target.toString(), "are free on the disk");
        }
        assertThat(part()).doesNotExist();
    }
}
