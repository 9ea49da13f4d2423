package org.unweave.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.actors.Happening;
import org.unweave.config.HooksConfig;

/**
 * Tells programs and web addresses what happens to runs, each on a thread of its own and once. Whoever cannot be told is
 * named in the log.
 */
final class RunHooks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunHooks.class);
    private static final int MOST_AT_ONCE = 64;
    private static final int FIRST_OF_FAILURES = 300;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore free = new Semaphore(MOST_AT_ONCE);

    /** Returns at once. */
    void tell(HooksConfig hooks, Happening happening) {
        if (!hooks.on().contains(happening.event())) {
            return;
        }
        byte[] event = json(happening);
        if (!hooks.command().isEmpty()) {
            begin("hooks.command", happening, () -> run(hooks, event));
        }
        if (!hooks.webhook().isEmpty()) {
            begin("hooks.webhook", happening, () -> post(hooks, event));
        }
    }

    private interface Telling {
        void tell() throws IOException, InterruptedException;
    }

    private void begin(String key, Happening happening, Telling telling) {
        if (!free.tryAcquire()) {
            LOG.warn("{} is not told of {}: {} others are being told", key, happening, MOST_AT_ONCE);
            return;
        }
        threads.execute(() -> {
            try {
                telling.tell();
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} could not be told of {}: {}", key, happening, e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                free.release();
            }
        });
    }

    private static byte[] json(Happening happening) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("event", happening.event().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        json.put("time", Instant.now().toString());
        json.put("run", happening.run());
        json.put("job", happening.job());
        json.put("node", happening.node());
        json.put("state", happening.state());
        json.put("reason", happening.reason());
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void run(HooksConfig hooks, byte[] event) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(hooks.command())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        try {
            try (OutputStream input = process.getOutputStream()) {
                input.write(event);
            } catch (IOException unread) {
                LOG.debug("{} does not read what it is told", hooks.command(), unread);
            }
            if (!process.waitFor(hooks.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        hooks.command() + " was ended after " + hooks.timeout().toMillis() + " ms");
            }
            if (process.exitValue() != 0) {
                throw new IOException(hooks.command() + " ended with exit code " + process.exitValue());
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void post(HooksConfig hooks, byte[] event) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(hooks.webhook()))
                .timeout(hooks.timeout())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(event))
                .build();
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(hooks.timeout())
                .build()) {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status >= FIRST_OF_FAILURES) {
                throw new IOException(hooks.webhook() + " answered " + status);
            }
        }
    }

    /** Waits until all are told, or cannot be. */
    @Override
    public void close() {
        threads.close();
    }
}
