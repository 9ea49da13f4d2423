package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.http.ControlClient;

/** Who asks one node of a cluster sees what another trains, and sees it go. */
class WatchedClusterTest {
    @TempDir
    private static Path folder;

    private static List<String> overrides() throws IOException {
        return SmallInputs.write(folder)
                .overrides(
                        "data.tokens=2048",
                        "data.held-out-tokens=256",
                        "train.rows=" + 64L * 500_000,
                        "train.batch-rows=64",
                        "train.checkpoint-share=0.001",
                        "train.evaluate-at=[]",
                        "train.metrics-every-steps=5",
                        "job.features=128",
                        "job.k=8",
                        "jobs=[{ variant = topk }]",
                        "eval.evaluations=[]",
                        "eval.controls=[]");
    }

    @Test
    void trainer_ofAnotherNode_isSeen_andItsLossToo() throws IOException, InterruptedException {
        List<TestCluster.Plan> plans = List.of(
                new TestCluster.Plan(List.of("supervisor", "web"), List.of()),
                new TestCluster.Plan(List.of("trainer"), List.of()));
        Path cache = Caches.withBundle(folder.resolve("cache"));
        try (TestCluster cluster = TestCluster.start(folder.resolve("nodes"), cache, plans)) {
            TestCluster.Node web = cluster.nodes().getFirst();
            TestCluster.Node trainer = cluster.nodes().getLast();
            URI url = URI.create(web.url());
            try (EventStream events = EventStream.open(url, "?after=0");
                    ControlClient client = cluster.client(web);
                    RunProcess submitted = cluster.submit(web, overrides())) {
                events.await("node-joined", event -> event.text("node").equals(trainer.name()));
                assertThat(events.await("placed", event -> true).text("node")).isEqualTo(trainer.name());
                EventStream.Event first =
                        events.await("metrics", event -> event.text("split").equals("train"));
                assertThat(events.await("metrics", event -> event.step() > first.step())
                                .text("run"))
                        .isEqualTo("run");
                events.await("checkpoint", event -> event.text("job").equals("topk"));

                JsonNode nodes = client.get("/api/v1/nodes").path("nodes");
                assertThat(nodes).hasSize(1);
                assertThat(nodes.get(0).path("node").asText()).isEqualTo(trainer.name());
                assertThat(nodes.get(0).path("jobs").toString()).isEqualTo("[\"run/topk\"]");
                assertThat(nodes.get(0).path("actors").findValuesAsText("name")).contains("trainer-run-topk-0");
                PromText metrics = metrics(url);
                assertThat(metrics.value("unweave_job_step", "job=\"topk\"", "run=\"run\""))
                        .isPositive();
                assertThat(metrics.value("unweave_node_jobs", "node=\"" + trainer.name() + "\""))
                        .isEqualTo(1);
                assertThat(metrics.value("unweave_actor_live", "actor=\"supervisor\""))
                        .isEqualTo(1);
                assertThat(client.get("/api/v1/runs/run/metrics")
                                .path("jobs")
                                .get(0)
                                .path("series")
                                .path("loss")
                                .path("step"))
                        .isNotEmpty();

                trainer.kill();
                events.await("node-lost", event -> event.text("node").equals(trainer.name()));
                events.await("job", event -> event.text("state").equals("waiting"));
                assertThat(client.get("/api/v1/nodes").path("nodes").isEmpty()).isTrue();
                trainer.start();
                events.await("node-joined", event -> event.text("node").equals(trainer.name()));
                EventStream.Event again = events.await("placed", event -> true);
                assertThat(again.data().path("placement").asInt()).isPositive();
                events.await("metrics", event -> event.step() > first.step());
                submitted.kill();
            }
        }
    }

    private static PromText metrics(URI node) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return PromText.of(http.send(
                            HttpRequest.newBuilder(node.resolve("/metrics")).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        }
    }
}
