package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.http.ControlClient;

/** What the supervisor has answered is there after its process was killed at once, whatever its journal is kept in. */
class JournalTest {
    @TempDir
    Path folder;

    @Test
    void h2_keepsWhatWasAnswered() throws IOException, InterruptedException {
        expectKept(List.of(), 2);
    }

    @Test
    void postgresql_keepsWhatWasAnswered() throws IOException, InterruptedException {
        assumeTrue(Postgres.isInstalled(), "PostgreSQL is not installed");
        try (Postgres database = Postgres.start()) {
            expectKept(List.of("--journal", database.url(), "--journal-user", Postgres.USER), 1);
        }
    }

    private void expectKept(List<String> journal, int times) throws IOException, InterruptedException {
        Path cache = Caches.withBundle(folder.resolve("cache"));
        // It trains nothing: what is submitted waits.
        try (TestCluster cluster = TestCluster.start(
                folder.resolve("cluster"),
                cache,
                List.of(new TestCluster.Plan(List.of("supervisor", "web"), journal)))) {
            TestCluster.Node node = cluster.nodes().getFirst();
            for (int i = 0; i < times; i++) {
                List<String> arguments =
                        new ArrayList<>(CommandLine.smoke("run" + i, folder.resolve("elsewhere"), cache, List.of()));
                arguments.set(0, "submit");
                arguments.addAll(List.of("--detach", "--node", node.url()));
                CommandLine submit = CommandLine.execute(arguments.toArray(String[]::new));
                assertThat(submit.exitCode()).as(submit + cluster.logs()).isZero();
                node.kill();
                node.start();
                cluster.awaitAnswer(node);
                assertThat(runs(cluster, node))
                        .as(cluster.logs())
                        .hasSize(i + 1)
                        .containsKey("run" + i);
            }
            for (int i = 0; i < times - 1 || i < 1; i++) {
                String run = "run" + i;
                try (ControlClient client = cluster.client(node)) {
                    client.post("/api/v1/runs/" + run + "/stop", JsonNodeFactory.instance.objectNode());
                }
                node.kill();
                node.start();
                cluster.awaitAnswer(node);
                assertThat(runs(cluster, node).get(run)).isIn("stopping", "stopped");
                node.process().await(() -> "stopped".equals(runs(cluster, node).get(run)));
                assertThat(runs(cluster, node)).containsEntry(run, "stopped").hasSize(times);
            }
        }
    }

    private static Map<String, String> runs(TestCluster cluster, TestCluster.Node node) {
        Map<String, String> runs = new HashMap<>();
        try (ControlClient client = cluster.client(node)) {
            for (JsonNode run : client.get("/api/v1/status").path("runs")) {
                runs.put(run.path("run").asText(), run.path("state").asText());
            }
        }
        return runs;
    }
}
