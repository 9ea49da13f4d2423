package org.unweave.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.HttpServer;
import org.unweave.cluster.http.OneRunRoutes;
import org.unweave.config.RunConfig;

/**
 * Where a run in one process is watched and commanded: on this machine alone.
 *
 * @param port where it listens, or any that is free if that is taken
 * @param say is told, in one line each, where it listens, and if it cannot as it should
 */
public record LocalHttp(int port, Consumer<String> say) {
    /** Where a node listens too, if nothing is said. */
    public static final int USUAL_PORT = 8558;

    private static final String HOST = "127.0.0.1";

    /** Serves until the actor system ends. A run goes on where this fails. */
    void start(ActorSystem<?> system, ActorRef<Supervisor.Command> supervisor, RunConfig config) {
        List<Route> routes = new ArrayList<>();
        routes.add(OneRunRoutes.of(config.name()));
        routes.addAll(
                Serving.routes(system, supervisor, config.runsFolder(), Map.of(PulledRun.ROOT, config.runsFolder())));
        listen(system, port, routes)
                .exceptionallyCompose(failure -> {
                    if (port == 0 || !(cause(failure) instanceof ControlException)) {
                        throw new CompletionException(cause(failure));
                    }
                    say.accept("port " + port + " is taken, so the run is watched at another; --http PORT chooses one");
                    return listen(system, 0, routes);
                })
                .whenComplete((server, failure) -> say.accept(
                        failure == null
                                ? "watch and command it at " + server.address()
                                : "nobody can watch this run: " + cause(failure).getMessage()));
    }

    private static CompletionStage<HttpServer> listen(ActorSystem<?> system, int port, List<Route> routes) {
        return HttpServer.start(
                system, new HttpServer.Settings(HOST, port, List.of(), null, null, false), Optional::empty, routes);
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
