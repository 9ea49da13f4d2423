package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.StringEntry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.japi.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.actors.RunHouse;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.http.HttpServer;
import org.unweave.cluster.http.ReportRoutes;
import org.unweave.cluster.security.Authority;
import org.unweave.cluster.security.Token;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/**
 * {@code openapi.json} and the server are one: each route of the file answers as the file says, with bodies of its schemas,
 * and each route that the server has, found by trying all the words of its classes, is in the file.
 */
class ApiDescriptionTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JOBS = "/api/v1/runs/one/jobs/topk";

    @TempDir
    private static Path folder;

    private static ActorTestKit kit;
    private static List<Route> routes;
    private static URI node;
    private static HttpClient http;
    private static JsonNode description;

    /** Asks for something, and what the answer must be. */
    record Call(String method, String path, @Nullable String body, List<String> headers, int status) {
        static Call get(String path, int status, String... headers) {
            return new Call("GET", path, null, List.of(headers), status);
        }

        static Call post(String path, int status) {
            return new Call("POST", path, "{}", List.of(), status);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        description = JSON.readTree(resource("http/openapi.json"));
        kit = ActorTestKit.create(ConfigFactory.parseString("pekko.loglevel = ERROR, pekko.stdout-loglevel = OFF")
                .withFallback(ConfigFactory.parseResources("application-local.conf"))
                .withFallback(ConfigFactory.load()));
        Path runs = folder.resolve("runs");
        RunConfig config = Configs.smoke(runs, "cache=" + folder.resolve("cache"));
        Files.createDirectories(config.folder().resolve("jobs/topk"));
        Files.writeString(
                config.folder().resolve("jobs/topk/metrics.jsonl"), "{\"split\":\"train\",\"step\":5,\"loss\":0.5}\n");
        Files.writeString(config.folder().resolve("run.conf"), ConfigReader.render(config));
        Path evaluation = Files.createDirectories(config.folder().resolve("evals/core"));
        Files.writeString(
                evaluation.resolve("one_topk_30_custom_sae_eval_results.json"),
                "{\"eval_result_metrics\":{\"core\":{\"l0\":3.5}}}");

        ActorRef<Supervisor.Command> supervisor = kit.spawn(Supervisor.create(new House()), "supervisor");
        routes = new ArrayList<>(Serving.routes(kit.system(), supervisor, runs, Map.of("runs", runs)));
        routes.add(ReportRoutes.of(runs));
        node = HttpServer.start(
                        kit.system(),
                        new HttpServer.Settings("127.0.0.1", 0, List.of(), null, null, false),
                        Optional::empty,
                        routes)
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES)
                .address();
        http = HttpClient.newHttpClient();
        TestProbe<Supervisor.Answer> answers = kit.createTestProbe(Supervisor.Answer.class);
        supervisor.tell(new Supervisor.Submit(ConfigReader.render(config), answers.getRef()));
        assertThat(answers.receiveMessage(Duration.ofMinutes(1)).taken()).isTrue();
    }

    @AfterAll
    static void stop() {
        http.shutdownNow();
        kit.shutdownTestKit();
    }

    /** Takes every run that can be read. */
    private static final class House implements RunHouse {
        @Override
        public RunConfig read(String text) {
            return ConfigReader.readResolvedText(text, "the test's run", List.of());
        }

        @Override
        public void open(RunConfig run) {}

        @Override
        public void close(RunConfig run) {}
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream file = ApiDescriptionTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(file, name).readAllBytes();
        }
    }

    /** One of each status of each route that can be had here. */
    static Stream<Call> calls() {
        return Stream.of(
                Call.get("/health", 200),
                Call.get("/ready", 200),
                Call.post("/health", 405),
                Call.get("/metrics", 200),
                Call.get("/metrics", 403, "Origin", "http://evil.example.com"),
                Call.post("/metrics", 405),
                Call.get("/api/v1/openapi.json", 200),
                Call.get("/api/v1/status", 200),
                Call.get("/api/v1/runs", 200),
                Call.get("/api/v1/runs?x=1", 400),
                Call.post("/api/v1/runs", 400),
                new Call("POST", "/api/v1/runs", "{\"config\": \"again\"}", List.of(), 409),
                new Call("POST", "/api/v1/runs", "x".repeat(10_000_000), List.of(), 413),
                Call.get("/api/v1/runs/one", 200),
                Call.get("/api/v1/runs/other", 404),
                Call.post(JOBS + "/pause", 200),
                Call.post(JOBS + "/pause", 409),
                Call.post(JOBS + "/resume", 200),
                Call.post(JOBS + "/resume", 409),
                Call.post(JOBS + "/checkpoint", 200),
                Call.post("/api/v1/runs/one/jobs/gone/checkpoint", 409),
                Call.get(JOBS + "/checkpoint", 405),
                body(JOBS + "/set", "{\"set\": {\"learning-rate\": 0.0005}}", 200),
                body(JOBS + "/set", "{\"set\": {\"learning-rate\": -1}}", 409),
                body(JOBS + "/set", "{\"sett\": {}}", 400),
                body(JOBS + "/fork", "{\"as\": \"second\"}", 409),
                body(JOBS + "/fork", "{}", 400),
                body(JOBS + "/evaluate", "{\"step\": 5}", 409),
                body(JOBS + "/evaluate", "{\"step\": -1}", 400),
                body("/api/v1/runs/one/jobs", "{\"entry\": \"{ variant = topk, name = third, features = 64 }\"}", 200),
                body("/api/v1/runs/one/jobs", "{\"entry\": \"{ variant = topkk }\"}", 409),
                body("/api/v1/runs/one/jobs", "{\"entry\": 5}", 400),
                Call.get("/api/v1/runs/one/metrics", 200),
                Call.get("/api/v1/runs/one/metrics?series=loss,l0&job=topk&split=train&points=10", 200),
                Call.get("/api/v1/runs/one/metrics?points=none", 400),
                Call.get("/api/v1/runs/other/metrics", 404),
                Call.get("/api/v1/runs/one/results", 200),
                Call.get("/api/v1/runs/other/results", 404),
                Call.get("/api/v1/runs/one/config", 200),
                Call.get("/api/v1/runs/other/config", 404),
                new Call("PUT", "/api/v1/runs/one/evals/core/some.json", "{}", List.of(), 200),
                new Call("PUT", "/api/v1/runs/one/evals/core/some.json", "[]", List.of(), 400),
                new Call("PUT", "/api/v1/runs/other/evals/core/some.json", "{}", List.of(), 404),
                Call.get("/api/v1/nodes", 200),
                Call.get("/api/v1/nodes?x=1", 400),
                Call.post("/api/v1/nodes/nobody/drain", 409),
                Call.get("/api/v1/logs", 200),
                Call.get("/api/v1/logs?lines=3&level=WARN", 200),
                Call.get("/api/v1/logs?lines=0", 400),
                Call.get("/api/v1/events?seconds=1&after=0", 200),
                Call.get("/api/v1/events?kinds=gossip", 400),
                Call.get("/files/runs/one/run.conf", 200),
                Call.get("/files/runs/one/run.conf?sha256", 200),
                Call.get("/files/runs/one/run.conf", 206, "Range", "bytes=0-3"),
                Call.get("/files/runs/one/run.conf", 416, "Range", "bytes=9999999-"),
                Call.get("/files/runs/one/gone", 404),
                Call.post(JOBS + "/stop", 200),
                Call.post(JOBS + "/stop", 409),
                Call.post("/api/v1/runs/one/stop", 200),
                Call.post("/api/v1/runs/other/stop", 409));
    }

    private static Call body(String path, String body, int status) {
        return new Call("POST", path, body, List.of(), status);
    }

    private static HttpResponse<String> send(Call call) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve(call.path()))
                .method(
                        call.method(),
                        call.body() == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(call.body()));
        if (!call.headers().isEmpty()) {
            request.headers(call.headers().toArray(String[]::new));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @MethodSource("calls")
    void route_answersAsTheFileSays(Call call) throws Exception {
        HttpResponse<String> response = send(call);
        assertThat(response.statusCode()).as(call + ": " + response.body()).isEqualTo(call.status());

        // What a path knows no such method of is described with its other methods.
        JsonNode path = documented(call.path().replaceAll("\\?.*", "")).orElseThrow();
        String method = call.method().toLowerCase(Locale.ROOT);
        JsonNode operation =
                path.has(method) ? path.path(method) : path.elements().next();
        JsonNode documented = operation.path("responses").path(Integer.toString(call.status()));
        assertThat(documented.isMissingNode()).as("status " + call.status()).isFalse();
        String type = response.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "");
        JsonNode content = documented.path("content").path(type);
        assertThat(content.isMissingNode()).as(type).isFalse();
        if (type.equals("application/json")) {
            ObjectNode schema = content.path("schema").deepCopy();
            schema.set("components", description.path("components"));
            assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                            .getSchema(schema)
                            .validate(JSON.readTree(response.body())))
                    .as(response.body())
                    .isEmpty();
        }
    }

    @Test
    void everyRouteOfTheFile_isCalled() {
        Set<String> called = new TreeSet<>();
        calls().filter(call -> call.status() < 300)
                .forEach(call ->
                        called.add(call.method() + " " + template(call.path().replaceAll("\\?.*", ""))));
        // A node that the supervisor knows is not here.
        called.add("POST /api/v1/nodes/{node}/drain");
        called.add("POST /api/v1/runs");
        // Nothing is trained here, so there is no checkpoint.
        called.add("POST /api/v1/runs/{run}/jobs/{job}/fork");
        called.add("POST /api/v1/runs/{run}/jobs/{job}/evaluate");
        assertThat(called).containsExactlyInAnyOrderElementsOf(operations());
    }

    private static Set<String> operations() {
        Set<String> all = new TreeSet<>();
        description
                .path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method -> all.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return all;
    }

    private static Optional<JsonNode> documented(String path) {
        return Optional.ofNullable(template(path))
                .map(template -> description.path("paths").path(template));
    }

    // Of several the one with the fewest parameters: /api/v1/runs/{run} and not /api/v1/{any}/{any}.
    private static @Nullable String template(String path) {
        return description.path("paths").properties().stream()
                .map(Map.Entry::getKey)
                .filter(template -> Pattern.compile(
                                template.replace("{path}", ".+").replaceAll("\\{[a-z]+}", "[^/]+"))
                        .matcher(path)
                        .matches())
                .findFirst()
                .orElse(null);
    }

    @Test
    void everyRoute_wantsTheToken() throws Exception {
        Token token = Authority.openOrMake(folder.resolve("keys"))
                .issue("n", List.of("127.0.0.1"))
                .token()
                .orElseThrow();
        URI guarded = HttpServer.start(
                        kit.system(),
                        new HttpServer.Settings("127.0.0.1", 0, List.of(), null, token, false),
                        Optional::empty,
                        routes)
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES)
                .address();
        for (Call call : calls().filter(one -> one.status() < 300).toList()) {
            boolean probe = Set.of("/health", "/ready").contains(call.path());
            HttpRequest.Builder request = HttpRequest.newBuilder(guarded.resolve(call.path()))
                    .method(call.method(), HttpRequest.BodyPublishers.noBody());
            for (String wrong : List.of("", "Bearer wrong")) {
                HttpResponse<String> refused = http.send(
                        request.setHeader("Authorization", wrong).build(), HttpResponse.BodyHandlers.ofString());
                assertThat(refused.statusCode()).as(call.toString()).isEqualTo(probe ? 200 : 401);
                assertThat(refused.body()).contains(probe ? "state" : "{\"error\":\"a bearer token is wanted");
            }
        }
        HttpRequest right = HttpRequest.newBuilder(guarded.resolve("/metrics"))
                .header("Authorization", token.authorization())
                .build();
        assertThat(http.send(right, HttpResponse.BodyHandlers.ofString()).body())
                .contains("jvm_memory_used_bytes");
    }

    @Test
    void everyRouteOfTheServer_isInTheFile() throws Exception {
        Set<String> words = words();
        assertThat(words).contains("status", "runs", "pause", "openapi.json");
        Set<String> paths = new LinkedHashSet<>();
        for (String first : words) {
            paths.add("/" + first);
            paths.add("/api/v1/" + first);
            paths.add("/api/v1/" + first + "/one");
            for (String second : words) {
                paths.add("/api/v1/" + first + "/one/" + second);
                paths.add("/api/v1/" + first + "/" + second);
                paths.add("/api/v1/runs/one/" + first + "/topk/" + second);
                paths.add("/files/" + first + "/" + second);
            }
        }
        Route all = Directives.concat(
                routes.getFirst(), routes.subList(1, routes.size()).toArray(Route[]::new));
        Function<
                        org.apache.pekko.http.javadsl.model.HttpRequest,
                        CompletionStage<org.apache.pekko.http.javadsl.model.HttpResponse>>
                server = all.function(kit.system());
        Set<String> found = new TreeSet<>();
        Set<String> missing = new TreeSet<>();
        for (String path : paths) {
            for (var method : List.of(
                    HttpMethods.GET, HttpMethods.POST, HttpMethods.PUT, HttpMethods.DELETE, HttpMethods.PATCH)) {
                var response = server.apply(org.apache.pekko.http.javadsl.model.HttpRequest.create(path)
                                .withMethod(method)
                                .withEntity(method.equals(HttpMethods.GET) ? "" : "{}"))
                        .toCompletableFuture()
                        .get(1, TimeUnit.MINUTES);
                if (isServed(response)) {
                    String template = template(path);
                    boolean documented = template != null
                            && description
                                    .path("paths")
                                    .path(template)
                                    .has(method.value().toLowerCase(Locale.ROOT));
                    (documented ? found : missing).add(method.value() + " " + (documented ? template : path));
                }
            }
        }
        assertThat(missing).as("routes that are not in openapi.json").isEmpty();
        Set<String> expected = operations();
        // Asked before the routes.
        expected.removeAll(Set.of("GET /health", "GET /ready"));
        assertThat(found).isEqualTo(expected);
    }

    // Routes that do not match are rejected in Pekko's own words.
    private static boolean isServed(org.apache.pekko.http.javadsl.model.HttpResponse response) {
        if (response.status().equals(StatusCodes.METHOD_NOT_ALLOWED)) {
            return false;
        }
        return !response.status().equals(StatusCodes.NOT_FOUND)
                || !(response.entity() instanceof HttpEntity.Strict text
                        && text.getData().utf8String().startsWith("The requested resource could not be found"));
    }

    /** All words that stand in the classes of routes. */
    private static Set<String> words() throws IOException {
        Set<String> words = new TreeSet<>();
        Path classes = Path.of(URI.create(HttpServer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .resolve("org/unweave/cluster/http");
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.filter(one -> one.toString().matches(".*(Routes|ApiDocs)[^/]*\\.class"))
                    .toList()) {
                ClassFile.of().parse(file).constantPool().forEach(entry -> {
                    if (entry instanceof StringEntry text && text.stringValue().matches("[a-z0-9][a-z0-9._-]{1,30}")) {
                        words.add(text.stringValue());
                    }
                });
            }
        }
        return words;
    }
}
