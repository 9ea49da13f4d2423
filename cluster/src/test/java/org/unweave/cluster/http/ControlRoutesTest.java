package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.actors.Supervisor;

/** Pins that a node passes on only so many commands at once, says so beyond, and takes them again when some are answered. */
class ControlRoutesTest {
    private static final String TAKEN = "{\"taken\":true}";

    private final TestServer server = new TestServer();
    private final HttpClient http = HttpClient.newHttpClient();
    private final TestProbe<Supervisor.Command> supervisor = server.kit.createTestProbe(Supervisor.Command.class);
    private URI node = URI.create("");

    @BeforeEach
    void start() throws Exception {
        node = server.start(null, null, List.of(), ControlRoutes.of(supervisor.getRef(), server.kit.system()))
                .address();
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        server.close();
    }

    private CompletableFuture<HttpResponse<String>> pause(String job) {
        return http.sendAsync(
                HttpRequest.newBuilder(node.resolve("/api/v1/runs/r/jobs/" + job + "/pause"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void commands_beyondThoseThatMayWait_areRefusedAndNotPassedOn() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        List<Supervisor.PauseJob> passedOn = new ArrayList<>();
        for (int i = 0; i < ControlRoutes.MOST_WAITING; i++) {
            waiting.add(pause("job" + i));
            passedOn.add(supervisor.expectMessageClass(Supervisor.PauseJob.class));
        }

        HttpResponse<String> refused = pause("beyond").get(1, TimeUnit.MINUTES);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        assertThat(refused.body()).contains("64 commands of this node wait", "was not passed on", "again in a second");
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        passedOn.forEach(command -> command.replyTo().tell(new Supervisor.Answer(true, "")));
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            assertThat(one.get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(200);
        }
        CompletableFuture<HttpResponse<String>> next = pause("next");
        // Had the refused one been passed on, it would come here.
        Supervisor.PauseJob taken = supervisor.expectMessageClass(Supervisor.PauseJob.class);
        assertThat(taken.job()).isEqualTo("next");
        taken.replyTo().tell(new Supervisor.Answer(false, "it is paused"));
        assertThat(next.get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(409);
    }

    /** As Java's client sends them: a body in a packet of its own, and the next request over the same connection. */
    @Test
    void command_isPassedOnWhenItsBodyIsThere_andItsConnectionStaysOpen() throws Exception {
        try (Socket socket = new Socket(node.getHost(), node.getPort())) {
            socket.setSoTimeout(60_000);
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (int i = 0; i < 2; i++) {
                send(
                        socket,
                        "POST /api/v1/runs/r/jobs/j/pause HTTP/1.1\r\nHost: " + node.getAuthority()
                                + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
                supervisor.expectNoMessage(Duration.ofMillis(200));
                send(socket, "{}");
                supervisor
                        .expectMessageClass(Supervisor.PauseJob.class)
                        .replyTo()
                        .tell(new Supervisor.Answer(true, ""));
                List<String> head =
                        answers.lines().takeWhile(line -> !line.isEmpty()).toList();
                assertThat(head.getFirst()).isEqualTo("HTTP/1.1 200 OK");
                assertThat(head).noneMatch(line -> line.equalsIgnoreCase("connection: close"));
                char[] body = new char[TAKEN.length()];
                assertThat(answers.read(body)).isEqualTo(body.length);
                assertThat(new String(body)).isEqualTo(TAKEN);
            }
        }
    }

    private CompletableFuture<HttpResponse<String>> post(String path, String body) {
        return http.sendAsync(
                HttpRequest.newBuilder(node.resolve("/api/v1/runs/r/jobs" + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void bodies_areTheCommandsOwn() throws Exception {
        CompletableFuture<HttpResponse<String>> set =
                post("/j/set", "{\"set\": {\"k\": 64, \"learning-rate\": \"1e-4\"}}");
        Supervisor.SetJob message = supervisor.expectMessageClass(Supervisor.SetJob.class);
        assertThat(message.values()).isEqualTo(Map.of("k", "64", "learning-rate", "1e-4"));
        message.replyTo().tell(new Supervisor.Answer(true, ""));
        assertThat(set.get(1, TimeUnit.MINUTES).body()).isEqualTo(TAKEN);
        post("", "{\"entry\": \"variant = topk\"}");
        assertThat(supervisor.expectMessageClass(Supervisor.AddJob.class).entry())
                .isEqualTo("variant = topk");
        post("/j/evaluate", "{\"step\": 30}");
        assertThat(supervisor.expectMessageClass(Supervisor.EvaluateJob.class).step())
                .isEqualTo(30);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/j/set      |                        | must be a JSON object",
                "/j/set      | {\"set\": {\"k\": 1}     | is no JSON",
                "/j/set      | {\"set\": {}} {}         | is no JSON",
                "/j/set      | [1]                    | must be a JSON object",
                "/j/set      | {\"set\": [1]}           | must be an object",
                "/j/set      | {\"set\": {\"k\": [1]}}  | the value of k must be a number or a text",
                "/j/set      | {\"sett\": {\"k\": 1}}   | has the fields [sett]",
                "/j/fork     | {\"set\": {}}            | must have a text \"as\"",
                "/j/fork     | {\"as\": 3}              | must have a text \"as\"",
                "/j/evaluate | {\"step\": 1.5}          | must be a whole number",
                "/j/evaluate | {\"step\": -1}           | must be a whole number",
                "/j/evaluate | {\"step\": 1, \"step\": 2} | Duplicate field",
                "''          | {\"entry\": \"\"}          | must have a text \"entry\""
            })
    void body_thatIsNotTheCommandsOwn_isRefusedAndNotPassedOn(String path, @Nullable String body, String problem)
            throws Exception {
        HttpResponse<String> answer = post(path, body == null ? "" : body).get(1, TimeUnit.MINUTES);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(Json.MAPPER.readTree(answer.body()).path("error").asText()).contains(problem);
        supervisor.expectNoMessage(Duration.ofMillis(100));
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }
}
