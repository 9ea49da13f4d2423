package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.actors.Happening;
import org.unweave.config.HooksConfig;
import org.unweave.config.HooksConfig.Event;

/** What happens is told to a program and an address as JSON, and neither one that fails nor one that hangs holds anybody up. */
class RunHooksTest {
    private static final Happening FAILED =
            new Happening(Event.JOB_FAILED, "run", "topk", "", "failed", "the disk is \"full\"");

    @TempDir
    Path folder;

    private static HooksConfig hooks(List<Event> on, List<String> command, String webhook, Duration timeout) {
        return new HooksConfig(on, command, webhook, timeout);
    }

    private HooksConfig program(Path to, List<Event> on) {
        return hooks(on, List.of("/bin/sh", "-c", "cat > \"$0\"", to.toString()), "", Duration.ofSeconds(20));
    }

    private static void assertFailed(JsonNode json) {
        assertThat(json.path("event").asText()).isEqualTo("job-failed");
        assertThat(json.path("run").asText()).isEqualTo("run");
        assertThat(json.path("job").asText()).isEqualTo("topk");
        assertThat(json.path("state").asText()).isEqualTo("failed");
        assertThat(json.path("reason").asText()).isEqualTo("the disk is \"full\"");
        assertThat(json.path("time").asText()).startsWith("20");
    }

    @Test
    void program_hasTheEventAsItsInput() throws IOException {
        Path told = folder.resolve("told");
        try (RunHooks hooks = new RunHooks()) {
            hooks.tell(program(told, List.of(Event.JOB_FAILED)), FAILED);
        }
        assertFailed(new ObjectMapper().readTree(told.toFile()));
    }

    @Test
    void event_thatIsNotWanted_isNotTold() {
        Path told = folder.resolve("told");
        try (RunHooks hooks = new RunHooks()) {
            hooks.tell(program(told, List.of(Event.RUN_ENDED, Event.NODE_LOST)), FAILED);
        }
        assertThat(told).doesNotExist();
    }

    @Test
    void address_isPostedTo_andARefusalIsNobodysConcern() throws Exception {
        BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", exchange -> {
            bodies.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        server.start();
        try (RunHooks hooks = new RunHooks()) {
            hooks.tell(
                    hooks(
                            List.of(Event.JOB_FAILED),
                            List.of(),
                            "http://127.0.0.1:" + server.getAddress().getPort() + "/hook",
                            Duration.ofSeconds(20)),
                    FAILED);
        } finally {
            server.stop(0);
        }
        assertThat(bodies).hasSize(1);
        String request = bodies.take();
        assertThat(request).startsWith("POST application/json {");
        assertFailed(new ObjectMapper().readTree(request.substring(request.indexOf('{'))));
    }

    @Test
    void programsThatHangOrFailOrAreNotThere_holdNobodyUp() throws IOException {
        Path told = folder.resolve("told");
        List<Event> on = List.of(Event.JOB_FAILED);
        try (RunHooks hooks = new RunHooks()) {
            hooks.tell(hooks(on, List.of("/bin/sh", "-c", "exec sleep 1000"), "", Duration.ofMillis(200)), FAILED);
            hooks.tell(hooks(on, List.of("/bin/sh", "-c", "exit 3"), "", Duration.ofSeconds(20)), FAILED);
            hooks.tell(hooks(on, List.of("/nowhere/at/all"), "", Duration.ofSeconds(20)), FAILED);
            hooks.tell(hooks(on, List.of(), "http://127.0.0.1:1/", Duration.ofSeconds(20)), FAILED);
            hooks.tell(program(told, on), FAILED);
        } // All of them are over when it is closed.
        assertThat(Files.readString(told)).contains("job-failed");
    }
}
