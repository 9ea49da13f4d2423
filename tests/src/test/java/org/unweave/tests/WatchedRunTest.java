package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/** A run in one process is seen and commanded while it trains: events, metrics, history, commands, and Grafana's queries. */
class WatchedRunTest {
    private static final Pattern ADDRESS = Pattern.compile("watch and command it at (http://127\\.0\\.0\\.1:\\d+)");
    private static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();
    private static final String JOBS = "/api/v1/runs/watched/jobs/";

    @TempDir
    private static Path folder;

    private static SmallInputs inputs;
    private static Path cache;

    @BeforeAll
    static void write() throws IOException {
        inputs = SmallInputs.write(folder);
        cache = Caches.withBundle(folder.resolve("cache"));
    }

    private static List<String> arguments(String name, String http, int steps) {
        List<String> arguments = new ArrayList<>(CommandLine.smoke(
                name,
                folder.resolve("runs"),
                cache,
                inputs.overrides(
                        "data.tokens=2048",
                        "data.held-out-tokens=256",
                        "train.rows=" + 64L * steps,
                        "train.batch-rows=64",
                        "train.checkpoint-share=" + Math.max(0.001, 20.0 / steps),
                        "train.evaluate-at=[]",
                        "train.metrics-every-steps=5",
                        "exchange.every-steps=10",
                        "job.features=128",
                        "job.k=8",
                        "jobs=[{ variant = topk }, { variant = dynamic-margin }]",
                        "eval.evaluations=[]",
                        "eval.controls=[]")));
        arguments.addAll(List.of("--http", http));
        return arguments;
    }

    private static URI address(RunProcess process) throws InterruptedException {
        process.await(() -> ADDRESS.matcher(process.err()).find());
        Matcher found = ADDRESS.matcher(process.err());
        assertThat(found.find()).as(process.toString()).isTrue();
        return URI.create(found.group(1));
    }

    private static String text(URI node, String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(node.resolve(path)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void run_isSeenAndCommandedWhileItTrains_andStopsWhenItIsTold() throws IOException, InterruptedException {
        try (RunProcess process = RunProcess.start(folder, Map.of(), arguments("watched", "0", 500_000))) {
            URI node = address(process);
            try (EventStream events = EventStream.open(node, "?after=0");
                    ControlClient client = ControlClient.of(new ControlClient.Access(node, null, null, false))) {
                events.await("run", event -> event.text("state").equals("running"));
                events.await("placed", event -> event.text("job").equals("topk"));
                EventStream.Event line = events.await("metrics", of("topk"));
                assertThat(line.data().path("terms").has("reconstruction")).isTrue();
                assertThat(events.await("metrics", of("topk")).step()).isGreaterThan(line.step());
                assertThat(events.await("told", of("dynamic-margin"))
                                .data()
                                .path("values")
                                .has("margin"))
                        .isTrue();
                EventStream.Event checkpoint = events.await("checkpoint", of("topk"));
                assertThat(checkpoint.text("sha256")).hasSize(64);
                events.await("metrics", event -> event.text("split").equals("held-out"));
                events.await("node", event -> event.data().path("jobs").size() == 2);

                client.post(JOBS + "topk/pause", NOTHING);
                long paused = events.await("job", state("topk", "paused")).step();
                long other = events.await("metrics", of("dynamic-margin")).step();
                assertThat(events.await("metrics", of("dynamic-margin").and(event -> event.step() > other)))
                        .isNotNull();
                client.post(JOBS + "topk/resume", NOTHING);
                events.await("job", state("topk", "running"));
                assertThat(events.await("metrics", of("topk")).step()).isGreaterThan(paused);
                client.post(JOBS + "topk/checkpoint", NOTHING);

                assertHistory(client);
                assertPrometheus(process, node);
                assertThat(client.get("/api/v1/nodes")
                                .path("nodes")
                                .get(0)
                                .path("actors")
                                .findValuesAsText("kind"))
                        .contains("trainer", "slots", "node", "supervisor");
                assertThat(client.get("/api/v1/logs?lines=5").path("lines")).hasSize(5);
                assertRefused(client, "/api/v1/nodes/local/drain", "has no other node");
                assertRefused(client, "/api/v1/runs", "takes no other");

                client.post("/api/v1/runs/watched/stop", NOTHING);
                events.await("run", event -> event.text("state").equals("stopping"));
                assertThat(process.end()).as(process.toString()).isEqualTo(130);
                assertThat(process.out()).contains("go on with: bin/unweave run --resume ");
                assertThat(process.err()).doesNotContain("ERROR", "WARN  ");
            }
        }
    }

    private static Predicate<EventStream.Event> of(String job) {
        return event -> event.text("job").equals(job);
    }

    private static Predicate<EventStream.Event> state(String job, String state) {
        return of(job).and(event -> event.text("state").equals(state));
    }

    private static void assertRefused(ControlClient client, String path, String words) {
        assertThatThrownBy(() -> client.post(path, NOTHING))
                .isInstanceOfSatisfying(
                        ControlException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(409))
                .hasMessageContaining(words);
    }

    private static void assertHistory(ControlClient client) {
        JsonNode curves = client.get("/api/v1/runs/watched/metrics?job=topk&series=loss,terms.reconstruction&points=5");
        JsonNode series = curves.path("jobs").get(0).path("series");
        for (String name : List.of("loss", "terms.reconstruction")) {
            assertThat(series.path(name).path("step")).as(curves.toString()).hasSizeBetween(2, 5);
            assertThat(series.path(name).path("value"))
                    .hasSameSizeAs(series.path(name).path("step"));
        }
        assertThat(client.get("/api/v1/runs/watched/config").path("differ").toString())
                .contains("\"variant\"");
        assertThat(client.get("/api/v1/runs/watched/results").path("results").isEmpty())
                .isTrue();
        assertThat(client.get("/api/v1/status")
                        .path("runs")
                        .get(0)
                        .path("state")
                        .asText())
                .isEqualTo("running");
    }

    // Every metric and label that the dashboard asks for is there.
    private static void assertPrometheus(RunProcess process, URI node) throws IOException, InterruptedException {
        // Pauses are known from the first on.
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.run")
                .start()
                .waitFor();
        process.await(() -> metrics(node).labels().containsKey("jvm_gc_pause_seconds_sum"));
        PromText metrics = metrics(node);
        assertThat(metrics.value("unweave_job_step", "job=\"topk\"", "run=\"watched\""))
                .isPositive();
        assertThat(metrics.value("unweave_job_state", "job=\"topk\"", "state=\"running\""))
                .isEqualTo(1);
        assertThat(metrics.value("unweave_job_spent_seconds", "job=\"topk\"", "on=\"compute\""))
                .isPositive();
        assertThat(metrics.value("unweave_slot_leases", "seat=\"cpu\"")).isPositive();
        assertThat(metrics.value("unweave_actor_live", "actor=\"trainer\"")).isEqualTo(2);
        assertThat(metrics.value("unweave_actor_mailbox_time_seconds_count", "actor=\"trainer\""))
                .isPositive();
        assertThat(metrics.value("unweave_actor_messages_total", "actor=\"trainer\"", "message=\"Work\""))
                .isPositive();
        assertThat(metrics.labels().getOrDefault("unweave_actor_messages_total", Set.of()))
                .containsExactlyInAnyOrder("actor", "message");
        assertThat(metrics.text()).doesNotContain("trainer-watched").doesNotContain("actor=\"other\"");

        JsonNode dashboard = RunResults.parse(Files.readString(Path.of("../docs/grafana/unweave.json")));
        List<String> queries = new ArrayList<>(dashboard.findValuesAsText("expr"));
        dashboard.path("templating").path("list").forEach(variable -> {
            if (variable.path("type").asText().equals("query")) {
                queries.add(variable.path("query").asText());
            }
        });
        assertThat(queries).hasSizeGreaterThan(30);
        Set<String> missing = new TreeSet<>();
        queries.forEach(query -> missing.addAll(metrics.missing(query, Set.of("instance", "le"))));
        assertThat(missing).as("what the dashboard asks for and is not there").isEmpty();
        assertThat(metrics.missing("sum by (nothing) (unweave_job_gone{run=\"x\"})", Set.of()))
                .containsExactlyInAnyOrder("unweave_job_gone", "unweave_job_gone{run}", "by (nothing)");
    }

    private static PromText metrics(URI node) {
        try {
            return PromText.of(text(node, "/metrics"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void port_thatIsTaken_isSaidAndAnotherTaken() throws IOException, InterruptedException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunProcess process = RunProcess.start(
                        folder, Map.of(), arguments("elsewhere", Integer.toString(taken.getLocalPort()), 200))) {
            assertThat(process.end()).as(process.toString()).isZero();
            assertThat(process.err().lines())
                    .contains("port " + taken.getLocalPort()
                            + " is taken, so the run is watched at another; --http PORT chooses one")
                    .anyMatch(line -> ADDRESS.matcher(line).matches())
                    .noneMatch(line -> line.contains("ERROR") || line.startsWith("WARN "));
        }
    }

    @Test
    void http_off_opensNoPort_andAnythingElseIsRefused() {
        CommandLine off = CommandLine.expect(arguments("unseen", "off", 20));
        assertThat(off.err()).doesNotContain("watch and command", "nobody can watch");
        for (String wrong : List.of("on", "-1", "65536", "")) {
            CommandLine refused =
                    CommandLine.execute(arguments("wrong", wrong, 20).toArray(String[]::new));
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err())
                    .contains("--http is \"" + wrong + "\", and must be a port (0 for any that is free) or off");
        }
    }
}
