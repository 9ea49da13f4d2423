package org.unweave.cluster.http;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.HttpsConnectionContext;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.ExceptionHandler;
import org.apache.pekko.http.javadsl.server.RejectionHandler;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.japi.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.cluster.security.Exposure;
import org.unweave.cluster.security.NodeKeys;
import org.unweave.cluster.security.Token;

/**
 * A node's HTTP server. It answers {@code /health} (200 while the JVM answers) and {@code /ready} (200, or 503 with a
 * reason) itself; everything else is asked for the right {@code Host}, for no {@code Origin} but its own, and for the
 * token where there is one, and then goes to the routes that it was given. What is wrong is said as {@code {"error":
 * "..."}}. It ends with its actor system: no new connections first, and what is being answered has a few seconds.
 */
public final class HttpServer {
    /** A request's body has this many bytes at most. */
    public static final long MOST_BODY_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(5);
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final URI address;

    private HttpServer(URI address) {
        this.address = address;
    }

    /**
     * Where and how a server listens.
     *
     * @param host that it binds to
     * @param port that it binds to; 0 for any that is free
     * @param names by which it is called beside loopback's, the one that it binds to and those of its certificate: a
     *     host's, or host and port where a proxy shows another port
     * @param keys for HTTPS; without them it speaks plain HTTP
     * @param token that requests must carry, if any
     * @param insecure whether it may be open beyond loopback without keys and token
     */
    public record Settings(
            String host,
            int port,
            List<String> names,
            @Nullable NodeKeys keys,
            @Nullable Token token,
            boolean insecure) {
        public Settings {
            names = List.copyOf(names);
        }
    }

    /**
     * Binds and serves.
     *
     * @param notReady why the node cannot yet do its work; empty when it can. Asked on every {@code /ready}, so it must be
     *     quick
     * @param routes what is served beside {@code /health} and {@code /ready}
     * @return fails with {@link ControlException} if the port cannot be bound
     * @throws org.unweave.cluster.security.AccessException if it would be open to strangers
     */
    public static CompletionStage<HttpServer> start(
            ActorSystem<?> system, Settings settings, Supplier<Optional<String>> notReady, List<Route> routes) {
        NodeKeys keys = settings.keys();
        Token token = settings.token();
        Exposure.requireGuardedHttp(settings.host(), keys != null, token != null, settings.insecure());

        Function<HttpRequest, CompletionStage<HttpResponse>> open = sealed(probes(notReady), system);
        Function<HttpRequest, CompletionStage<HttpResponse>> guarded = sealed(all(routes), system);
        // Which names are right depends on the port, which is known when it is bound.
        CompletableFuture<Guard> guard = new CompletableFuture<>();
        Function<HttpRequest, CompletionStage<HttpResponse>> answers = request -> isProbe(request)
                ? open.apply(request)
                : guard.thenCompose(asked -> answer(request, asked, guarded, system));
        ServerBuilder builder =
                Http.get(system).newServerAt(settings.host(), settings.port()).withSettings(pekkoSettings(system));
        return (keys == null ? builder : builder.enableHttps(https(keys.tls())))
                .bind(answers)
                .handle((binding, failure) -> {
                    if (failure != null) {
                        throw cannotListen(settings, failure);
                    }
                    return serve(system, settings, binding, guard);
                });
    }

    /** Scheme, host and port by which it is reached; where it listens on every address, the first of its names. */
    public URI address() {
        return address;
    }

    private static HttpServer serve(
            ActorSystem<?> system, Settings settings, ServerBinding binding, CompletableFuture<Guard> guard) {
        boolean secure = settings.keys() != null;
        InetSocketAddress bound = binding.localAddress();
        List<String> names = names(settings, bound);
        guard.complete(new Guard(
                new HostNames(names, bound.getPort(), secure ? HTTPS_PORT : HTTP_PORT),
                settings.token(),
                MOST_BODY_BYTES));
        binding.addToCoordinatedShutdown(LAST_ANSWERS, system);
        String called = names.isEmpty() ? "localhost" : names.getFirst();
        URI address = URI.create((secure ? "https://" : "http://") + HostNames.authority(called, bound.getPort()));
        LOG.info("listens at {}", address);
        return new HttpServer(address);
    }

    /** What it binds to, unless that is every address; what its config says; what its certificate says. */
    private static List<String> names(Settings settings, InetSocketAddress bound) {
        List<String> names = new ArrayList<>();
        if (!bound.getAddress().isAnyLocalAddress()) {
            names.add(settings.host());
        }
        names.addAll(settings.names());
        NodeKeys keys = settings.keys();
        if (keys != null) {
            names.addAll(keys.hosts());
        }
        return names;
    }

    private static boolean isProbe(HttpRequest request) {
        String path = request.getUri().path();
        return path.equals("/health") || path.equals("/ready");
    }

    // Asked by machines that know a node by its address alone, and telling nothing worth a guard.
    private static Route probes(Supplier<Optional<String>> notReady) {
        return Directives.get(() -> Directives.concat(
                Directives.path("health", () -> Directives.complete(state("up"))),
                Directives.path(
                        "ready",
                        () -> Directives.complete(notReady.get()
                                .map(reason -> Json.error(StatusCodes.SERVICE_UNAVAILABLE, reason))
                                .orElseGet(() -> state("ready"))))));
    }

    private static HttpResponse state(String word) {
        return Json.response(StatusCodes.OK, Json.MAPPER.createObjectNode().put("state", word));
    }

    private static Route all(List<Route> routes) {
        List<Route> rest = new ArrayList<>(routes);
        rest.add(Directives.reject());
        return Directives.concat(rest.removeFirst(), rest.toArray(Route[]::new));
    }

    private static CompletionStage<HttpResponse> answer(
            HttpRequest request,
            Guard guard,
            Function<HttpRequest, CompletionStage<HttpResponse>> guarded,
            ActorSystem<?> system) {
        Optional<HttpResponse> refusal = guard.refusal(request);
        if (refusal.isPresent()) {
            request.discardEntityBytes(system);
            return CompletableFuture.completedFuture(refusal.get());
        }
        try {
            return guarded.apply(request);
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Function<HttpRequest, CompletionStage<HttpResponse>> sealed(Route route, ActorSystem<?> system) {
        RejectionHandler rejections = RejectionHandler.defaultHandler().mapRejectionResponse(HttpServer::asJson);
        ExceptionHandler exceptions = ExceptionHandler.newBuilder()
                .match(EntityStreamSizeException.class, failure -> Directives.complete(Guard.tooLarge(MOST_BODY_BYTES)))
                .match(
                        BadQueryException.class,
                        wrong -> Directives.complete(
                                Json.error(StatusCodes.BAD_REQUEST, String.valueOf(wrong.getMessage()))))
                .matchAny(failure -> {
                    LOG.error("a request failed", failure);
                    return Directives.complete(Json.error(
                            StatusCodes.INTERNAL_SERVER_ERROR, "the request failed; the node's log has the reason"));
                })
                .build();
        return route.seal(rejections, exceptions).function(system);
    }

    private static HttpResponse asJson(HttpResponse rejection) {
        if (rejection.status().equals(StatusCodes.CONTENT_TOO_LARGE)) {
            return Guard.tooLarge(MOST_BODY_BYTES);
        }
        String reason = rejection.entity() instanceof HttpEntity.Strict text
                ? text.getData().utf8String()
                : rejection.status().reason();
        return Json.error(rejection.status(), reason).addHeaders(rejection.getHeaders());
    }

    private static ServerSettings pekkoSettings(ActorSystem<?> system) {
        ServerSettings settings = ServerSettings.create(system.classicSystem());
        return settings.withServerHeader(Optional.empty())
                .withParsingErrorHandler(MalformedRequests.class.getName())
                .withParserSettings(settings.getParserSettings().withMaxContentLength(MOST_BODY_BYTES));
    }

    private static HttpsConnectionContext https(SSLContext context) {
        return ConnectionContext.httpsServer(() -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            engine.setEnabledProtocols(new String[] {context.getProtocol()});
            return engine;
        });
    }

    private static ControlException cannotListen(Settings settings, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        Throwable reason = cause.getCause() == null ? cause : cause.getCause();
        return new ControlException(
                "cannot listen at " + settings.host() + ":" + settings.port() + " (" + reason.getMessage()
                        + "); choose a port that is free, 0 for any, and a host that this machine has",
                cause);
    }
}
