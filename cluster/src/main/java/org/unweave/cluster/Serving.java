package org.unweave.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.events.ClusterWatch;
import org.unweave.cluster.http.ApiDocs;
import org.unweave.cluster.http.ControlRoutes;
import org.unweave.cluster.http.DashboardRoutes;
import org.unweave.cluster.http.EventRoutes;
import org.unweave.cluster.http.FileRoutes;
import org.unweave.cluster.http.HistoryRoutes;
import org.unweave.cluster.http.LogRoutes;
import org.unweave.cluster.http.MetricsRoutes;
import org.unweave.cluster.http.NodeRoutes;
import org.unweave.cluster.http.RunListRoutes;
import org.unweave.cluster.metrics.DeadLetters;

/** The routes that are the same wherever a process serves. */
final class Serving {
    private Serving() {}

    /**
     * Has the process listen to what it is to show, and gives the routes that show it. Called once a process.
     *
     * @param supervisor or what stands for it here
     * @param runs the folder of all runs; null where the process does not see it
     * @param files folders that are served, by the name under which they are
     */
    static List<Route> routes(
            ActorSystem<?> system,
            ActorRef<Supervisor.Command> supervisor,
            @Nullable Path runs,
            Map<String, Path> files) {
        ClusterWatch watch = ClusterWatch.begin(system);
        system.systemActorOf(DeadLetters.create(), "dead-letters", Props.empty());
        return List.of(
                ControlRoutes.of(supervisor, system),
                FileRoutes.of(files),
                MetricsRoutes.of(watch.state()),
                EventRoutes.of(watch.events()),
                NodeRoutes.of(watch.state()),
                LogRoutes.of(watch.log()),
                runs == null ? Directives.reject() : HistoryRoutes.of(runs),
                runs == null ? Directives.reject() : RunListRoutes.of(runs),
                ApiDocs.of(),
                DashboardRoutes.of());
    }
}
