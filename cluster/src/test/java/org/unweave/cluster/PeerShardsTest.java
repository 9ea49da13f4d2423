package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.FileRoutes;
import org.unweave.cluster.http.HttpServer;
import org.unweave.model.data.ShardSource;
import org.unweave.model.file.Sha256;

/** Pins that a shard comes from whichever node has it, whole, and that nothing else comes. */
class PeerShardsTest {
    private static final String STORE = "0123456789abcdef01234567";
    private static final int SIZE = 300_001;

    @TempDir
    private Path folder;

    private final ActorTestKit kit = ActorTestKit.create("shards");
    private final byte[] rows = new byte[SIZE];
    private URI node;

    @BeforeEach
    void serve() throws Exception {
        new Random(4).nextBytes(rows);
        Path store = Files.createDirectories(folder.resolve("theirs").resolve(STORE));
        for (String name : List.of("train-00000", "train-00001")) {
            Files.write(store.resolve(name + ".rows"), rows);
            Files.writeString(store.resolve(name + ".rows.sha256"), Sha256.of(rows));
        }
        Files.write(store.resolve("train-00001.rows"), new byte[SIZE]);
        Files.writeString(store.resolve("train-00002.rows.sha256"), Sha256.of(rows));
        node = HttpServer.start(
                        kit.system(),
                        new HttpServer.Settings("127.0.0.1", 0, List.of(), null, null, false),
                        Optional::empty,
                        List.of(FileRoutes.of(Map.of(PeerShards.ROOT, folder.resolve("theirs")))))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .address();
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static Peers peers(List<URI> nodes, URI own) {
        return new Peers(
                () -> nodes.stream().map(URI::toString).toList(),
                own,
                new Peers.Needs(true, false),
                one -> ControlClient.of(new ControlClient.Access(one, null, null, false)));
    }

    private boolean fetch(ShardSource shards, String name) throws IOException {
        Path here = Files.createDirectories(folder.resolve("here"));
        return shards.fetch(STORE, here.resolve(name + ".rows"), here.resolve(name + ".rows.sha256"), SIZE);
    }

    @Test
    void aShard_comesWithItsChecksum_pastANodeThatDoesNotListen() throws IOException {
        URI silent;
        try (ServerSocket socket = new ServerSocket(0)) {
            silent = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        try (Peers peers = peers(List.of(silent, node), null)) {
            assertThat(fetch(peers.shards(), "train-00000")).isTrue();
        }
        assertThat(folder.resolve("here/train-00000.rows")).hasBinaryContent(rows);
        assertThat(folder.resolve("here/train-00000.rows.sha256")).hasContent(Sha256.of(rows));
    }

    @Test
    void aShardThatIsDamagedThere_orNotThere_doesNotCome() throws IOException {
        try (Peers peers = peers(List.of(node), null)) {
            for (String name : List.of("train-00001", "train-00002", "train-00003")) {
                assertThat(fetch(peers.shards(), name)).as(name).isFalse();
                assertThat(folder.resolve("here").resolve(name + ".rows")).doesNotExist();
            }
        }
    }

    @Test
    void everyShard_isTheOwnOfOneNodeThatServes_andANodeIsNotAskedByItself() throws IOException {
        List<URI> nodes = List.of(URI.create("http://127.0.0.1:1"), node, URI.create("http://127.0.0.1:2"));
        List<Peers> each = nodes.stream().map(own -> peers(nodes, own)).toList();
        for (int shard = 0; shard < 10; shard++) {
            int number = shard;
            assertThat(each.stream().filter(one -> one.shards().isOwn(number))).hasSize(1);
        }
        each.forEach(Peers::close);
        try (Peers alone = peers(List.of(node), node);
                Peers without = peers(nodes, null)) {
            assertThat(fetch(alone.shards(), "train-00000")).isFalse();
            assertThat(IntStream.range(0, 10).filter(without.shards()::isOwn)).isEmpty();
        }
    }
}
