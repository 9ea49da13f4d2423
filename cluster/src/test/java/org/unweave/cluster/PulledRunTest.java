package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.server.Route;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.FileRoutes;
import org.unweave.cluster.http.HttpServer;
import org.unweave.cluster.http.ReportRoutes;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.file.Sha256;

/** Pins that what is judged comes whole, and that what was found out gets where the run is. */
class PulledRunTest {
    private static final String REPORT = "study_topk_20_custom_sae_eval_results.json";

    @TempDir
    private Path folder;

    private final ActorTestKit kit = ActorTestKit.create("runs");
    private ControlClient node;
    private PulledRun run;

    @BeforeEach
    void begin() throws Exception {
        Path theirs = Files.createDirectories(folder.resolve("theirs/study"));
        Files.writeString(theirs.resolve("run.conf"), "name = study");
        node = client(serve(
                FileRoutes.of(Map.of(PulledRun.ROOT, folder.resolve("theirs"))),
                ReportRoutes.of(folder.resolve("theirs"))));
        run = new PulledRun("study", folder.resolve("here/study"), () -> List.of(node));
    }

    private URI serve(Route... routes) throws Exception {
        return HttpServer.start(
                        kit.system(),
                        new HttpServer.Settings("127.0.0.1", 0, List.of(), null, null, false),
                        Optional::empty,
                        List.of(routes))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .address();
    }

    private static ControlClient client(URI served) {
        return ControlClient.of(new ControlClient.Access(served, null, null, false));
    }

    @AfterEach
    void stop() {
        node.close();
        kit.shutdownTestKit();
    }

    private CheckpointRef checkpoint(String step) throws IOException {
        Path there = Files.createDirectories(folder.resolve("theirs/study/jobs/topk/checkpoints/" + step));
        byte[] state = ("state of " + step).getBytes();
        Files.writeString(there.resolve("manifest.json"), "{}");
        Files.writeString(there.resolve("run.conf"), "");
        Files.write(there.resolve("state.safetensors"), state);
        return new CheckpointRef(
                "topk", Long.parseLong(step), 1, there.toUri().toString(), Sha256.of(state), state.length);
    }

    @Test
    void aCheckpoint_comesWhole_andTheOneBeforeIsRemoved() throws IOException {
        Path first = run.checkpoint(checkpoint("000000010"));
        assertThat(first).isEqualTo(folder.resolve("here/study/jobs/topk/checkpoints/000000010"));
        assertThat(first.resolve("state.safetensors")).hasContent("state of 000000010");
        assertThat(run.checkpoint(checkpoint("000000010"))).isEqualTo(first);
        assertThat(first).isDirectory();

        Path second = run.checkpoint(checkpoint("000000020"));

        assertThat(second.resolve("manifest.json")).hasContent("{}");
        assertThat(second.resolve("run.conf")).isEmptyFile();
        assertThat(first).doesNotExist();
        assertThat(folder.resolve("theirs/study/jobs/topk/checkpoints/000000010"))
                .isDirectory();
    }

    @Test
    void aCheckpointThatIsDamagedOrGone_isNamed() throws IOException {
        CheckpointRef damaged = checkpoint("000000010");
        Files.writeString(folder.resolve("theirs/study/jobs/topk/checkpoints/000000010/state.safetensors"), "elsewhat");
        PulledRun impatient = new PulledRun("study", folder.resolve("here/study"), () -> List.of(node), 1);
        assertThatThrownBy(() -> impatient.checkpoint(damaged))
                .isInstanceOf(ControlException.class)
                .hasMessageContaining("000000010/state.safetensors");
        CheckpointRef gone =
                new CheckpointRef("topk", 30, 1, "file:///runs/study/jobs/topk/checkpoints/000000030/", "0", 1);
        assertThatThrownBy(() -> impatient.checkpoint(gone))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("000000030")
                .hasMessageContaining("role web");
    }

    /** As after the loss of a node, and beside evaluators that serve files and are apart too. */
    @Test
    void whatIsNotThere_isKnownFromOneThatSeesTheRun_whateverTheOthersSay() throws Exception {
        Path apart = Files.createDirectories(folder.resolve("apart"));
        URI lost;
        try (ServerSocket socket = new ServerSocket(0)) {
            lost = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        try (ControlClient away = client(lost);
                ControlClient blind = client(serve(FileRoutes.of(Map.of("activations", apart))))) {
            Path report = folder.resolve("here/study/evals/core").resolve(REPORT);
            PulledRun several =
                    new PulledRun("study", folder.resolve("here/study"), () -> List.of(away, blind, node), 1);
            assertThat(several.bring(report)).isFalse();
            assertThat(several.checkpoint(checkpoint("000000010"))).isDirectory();
            Files.createDirectories(report.resolveSibling(""));
            Files.writeString(report, "{}");
            several.give(report);
            assertThat(folder.resolve("theirs/study/evals/core").resolve(REPORT))
                    .hasContent("{}");

            PulledRun alone = new PulledRun("study", folder.resolve("here/study"), () -> List.of(blind), 1);
            assertThatThrownBy(() -> alone.bring(report))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("no node that serves files sees the run study");
        }
    }

    @Test
    void aReport_goesWhereTheRunIs_andComesBackToTheNextWhoAsks() throws IOException {
        Path report = folder.resolve("here/study/evals/core").resolve(REPORT);
        assertThat(run.bring(report)).isFalse();
        assertThat(report).doesNotExist();
        Files.createDirectories(report.resolveSibling(""));
        Files.writeString(report, "{\"l0\": 32}");

        run.give(report);

        assertThat(folder.resolve("theirs/study/evals/core").resolve(REPORT)).hasContent("{\"l0\": 32}");
        PulledRun next = new PulledRun("study", folder.resolve("next/study"), () -> List.of(node));
        Path brought = folder.resolve("next/study/evals/core").resolve(REPORT);
        assertThat(next.bring(brought)).isTrue();
        assertThat(brought).hasContent("{\"l0\": 32}");
    }

    @Test
    void whatIsNoReport_isRefused_andNothingIsWritten() {
        assertRefused(ReportRoutes.path("study", "core", "report.txt"), "{}", 404);
        assertRefused(ReportRoutes.path("other", "core", REPORT), "{}", 404);
        assertRefused(ReportRoutes.path("study", "..", REPORT), "{}", 404);
        assertRefused(ReportRoutes.path("study", ".hidden", REPORT), "{}", 404);
        assertRefused(ReportRoutes.path("study", "core", "..%2F..%2F" + REPORT), "{}", 404);
        assertRefused(ReportRoutes.path("study", "core", REPORT), "{", 400);
        assertRefused(ReportRoutes.path("study", "core", REPORT), "[]", 400);
        assertThat(folder.resolve("theirs/study/evals")).doesNotExist();
        assertThat(folder.resolve("theirs/" + REPORT)).doesNotExist();
    }

    private void assertRefused(String path, String body, int status) {
        assertThatThrownBy(() -> node.put(path, body.getBytes()))
                .as(path + " " + body)
                .isInstanceOfSatisfying(
                        ControlException.class,
                        refused -> assertThat(refused.status()).isEqualTo(status));
    }
}
