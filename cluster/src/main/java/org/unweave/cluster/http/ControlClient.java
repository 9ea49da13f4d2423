package org.unweave.cluster.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.security.AccessException;
import org.unweave.cluster.security.Exposure;
import org.unweave.cluster.security.NodeKeys;
import org.unweave.cluster.security.Token;

/** Talks to a node's HTTP server: for the command line, and for nodes that fetch files from one another. */
public final class ControlClient implements AutoCloseable {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(30);
    private static final int OK = 200;
    private static final int FIRST_THAT_IS_NONE = 300;
    private static final int UNAUTHORIZED = 401;
    private static final int MOST_ERROR_BYTES = 1 << 16;

    private final Access access;
    private final @Nullable Token token;
    private final HttpClient http;

    private ControlClient(Access access, @Nullable Token token, HttpClient http) {
        this.access = access;
        this.token = token;
        this.http = http;
    }

    /**
     * Which node, and what opens it.
     *
     * @param node scheme, host and port: {@code http://127.0.0.1:7070}
     * @param tokenFile the file of the bearer token, where the node wants one
     * @param authorityFile the certificate of the authority that the node's is signed by, for {@code https}; without it
     *     those that Java trusts
     * @param insecure whether the token may go to another machine without TLS
     */
    public record Access(
            URI node, @Nullable Path tokenFile, @Nullable Path authorityFile, boolean insecure) {}

    /**
     * A client; no connection is made yet.
     *
     * @throws AccessException if the address is none, if the token's file is not as it should be, or if the token would
     *     be readable on its way
     */
    public static ControlClient of(Access access) {
        URI node = access.node();
        String scheme = node.getScheme();
        String host = node.getHost();
        if (host == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new AccessException(
                    node + " is no address of a node; http://HOST:PORT or https://HOST:PORT is expected");
        }
        Path tokenFile = access.tokenFile();
        if (tokenFile != null && "http".equals(scheme) && !access.insecure() && Exposure.beyondLoopback(host)) {
            throw new AccessException(
                    "the token would go to " + node
                            + " readable for everyone on the way; use https, or give --insecure where everyone on the network is trusted");
        }
        // No proxy: the token is for the node alone.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_PATIENCE)
                .proxy(HttpClient.Builder.NO_PROXY);
        Path authorityFile = access.authorityFile();
        if (authorityFile != null) {
            builder.sslContext(NodeKeys.tlsTrusting(authorityFile))
                    .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"}));
        }
        return new ControlClient(access, tokenFile == null ? null : Token.read(tokenFile), builder.build());
    }

    /**
     * Asks.
     *
     * @param path with its query, from the root: {@code /api/v1/jobs}
     * @return the answer's JSON; a missing node where it has no body
     * @throws ControlException if the node cannot be reached, refuses, or answers no JSON
     */
    public JsonNode get(String path) {
        return json(request(path).GET().build());
    }

    /**
     * Commands.
     *
     * @throws ControlException as {@link #get}
     */
    public JsonNode post(String path, JsonNode body) {
        return json(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.text(body)))
                .build());
    }

    /**
     * Puts a document somewhere.
     *
     * @param json at most what {@link HttpServer} takes in one body
     * @throws ControlException as {@link #get}
     */
    public JsonNode put(String path, byte[] json) {
        return json(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(json))
                .build());
    }

    /**
     * Listens to a node's events until the stream is closed.
     *
     * @param path of the events, with its query
     * @param after the id of the event after which to go on; empty for what the query says
     * @throws ControlException as {@link #get}
     */
    public EventStream listen(String path, String after) {
        // Without the patience for a whole answer: this one is to last.
        HttpRequest.Builder request =
                HttpRequest.newBuilder(access.node().resolve(path)).header("Accept", "text/event-stream");
        if (token != null) {
            request.header("Authorization", token.authorization());
        }
        if (!after.isEmpty()) {
            request.header("Last-Event-ID", after);
        }
        CompletableFuture<HttpResponse<InputStream>> answer =
                http.sendAsync(request.GET().build(), BodyHandlers.ofInputStream());
        try {
            return new EventStream(orRefused(answer.get(ANSWER_PATIENCE.toSeconds(), TimeUnit.SECONDS)));
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new ControlException("the node at " + access.node() + " does not answer in time", e);
        } catch (ExecutionException e) {
            throw unreachable(e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause()));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Where the node is. */
    public URI address() {
        return access.node();
    }

    /** A file from an offset on; the answer's stream must be closed. */
    HttpResponse<InputStream> open(String path, long offset) {
        HttpRequest.Builder request = request(path).GET();
        return send((offset == 0 ? request : request.header("Range", "bytes=" + offset + "-")).build());
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(access.node().resolve(path)).timeout(ANSWER_PATIENCE);
        return token == null ? request : request.header("Authorization", token.authorization());
    }

    private JsonNode json(HttpRequest request) {
        try (InputStream body = send(request).body()) {
            return Json.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new ControlException(
                    "the node at " + access.node() + " answers no JSON; is another program there?", e);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private HttpResponse<InputStream> send(HttpRequest request) {
        HttpResponse<InputStream> response;
        try {
            response = http.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        return orRefused(response);
    }

    private ControlException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ControlException("interrupted while the node at " + access.node() + " was asked", cause);
    }

    private HttpResponse<InputStream> orRefused(HttpResponse<InputStream> response) {
        if (response.statusCode() >= OK && response.statusCode() < FIRST_THAT_IS_NONE) {
            return response;
        }
        throw refusal(response);
    }

    private ControlException refusal(HttpResponse<InputStream> response) {
        int status = response.statusCode();
        if (status == UNAUTHORIZED) {
            String remedy = access.tokenFile() == null
                    ? "wants a token; give its file by --token-file"
                    : "does not take the token of " + access.tokenFile() + "; give another by --token-file";
            closeQuietly(response.body());
            return new ControlException("the node at " + access.node() + " " + remedy, status);
        }
        return new ControlException(
                "the node at " + access.node() + " refuses (" + status + "): ", reason(response), status);
    }

    private static String reason(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            String text = new String(body.readNBytes(MOST_ERROR_BYTES), StandardCharsets.UTF_8);
            JsonNode error = Json.MAPPER.readTree(text).path(Json.ERROR);
            return error.isTextual() ? error.asText() : "it gives no reason";
        } catch (IOException e) {
            return "it gives no reason";
        }
    }

    private static void closeQuietly(InputStream body) {
        try (body) {
            // Whoever asked hears of the refusal, not of how its body ended.
        } catch (IOException e) {
            return;
        }
    }

    private ControlException unreachable(IOException cause) {
        URI node = access.node();
        return switch (cause) {
            case HttpTimeoutException late ->
                new ControlException("the node at " + node + " does not answer in time", late);
            case ConnectException none ->
                new ControlException(
                        "no node listens at " + node + "; start one by bin/unweave node, or give the address of one",
                        none);
            case SSLException broken ->
                new ControlException(
                        "no TLS with the node at " + node + " (" + broken.getMessage()
                                + "); give the certificate of its"
                                + " authority by --ca, and call it by a name that its own certificate is for",
                        broken);
            default ->
                new ControlException(
                        "the node at " + node + " broke off (" + cause.getMessage() + "); if it speaks "
                                + ("http".equals(node.getScheme()) ? "https" : "http") + ", say so in its address",
                        cause);
        };
    }
}
