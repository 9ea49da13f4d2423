package org.unweave.cluster.http;

import com.typesafe.config.ConfigFactory;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.unmarshalling.Unmarshaller;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.security.NodeKeys;
import org.unweave.cluster.security.Token;

/** A server on loopback with a few routes such as nodes have. */
final class TestServer implements AutoCloseable {
    final ActorTestKit kit =
            ActorTestKit.create("http", ConfigFactory.parseString("""
                            pekko { loglevel = WARNING, stdout-loglevel = OFF }
                            # A busy machine is no failure.
                            pekko.actor.testkit.typed { default-timeout = 60s, system-shutdown-default = 60s }
                            """).withFallback(ConfigFactory.load()));
    final AtomicReference<Optional<String>> notReady = new AtomicReference<>(Optional.empty());

    /** A server with routes that answer, echo and fail, and others. */
    HttpServer start(@Nullable NodeKeys keys, @Nullable Token token, List<String> names, Route... others)
            throws Exception {
        Route routes = Directives.concat(
                Directives.path(
                        "jobs",
                        () -> Directives.get(() -> Directives.complete(Json.response(
                                StatusCodes.OK, Json.MAPPER.createArrayNode().add("topk"))))),
                Directives.path(
                        "echo",
                        () -> Directives.post(() -> Directives.entity(
                                Unmarshaller.entityToString(),
                                body -> Directives.complete(Json.response(
                                        StatusCodes.OK,
                                        Json.MAPPER.createObjectNode().put("length", body.length())))))),
                Directives.path(
                        "broken",
                        () -> Directives.get(() -> {
                            throw new IllegalStateException("the secret reason");
                        })));
        return HttpServer.start(
                        kit.system(),
                        new HttpServer.Settings("127.0.0.1", 0, names, keys, token, false),
                        notReady::get,
                        List.of(routes, Directives.concat(Directives.reject(), others)))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    static ControlClient client(URI server) {
        return ControlClient.of(new ControlClient.Access(server, null, null, false));
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
