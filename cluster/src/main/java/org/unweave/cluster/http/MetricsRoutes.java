package org.unweave.cluster.http;

import java.nio.charset.StandardCharsets;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.cluster.events.ClusterState;
import org.unweave.cluster.metrics.ClusterMeters;
import org.unweave.cluster.metrics.ProcessMeters;

/** What Prometheus reads: {@code GET /metrics}, of this process and of all jobs and nodes that it has heard of. */
public final class MetricsRoutes {
    private MetricsRoutes() {}

    public static Route of(ClusterState state) {
        return Directives.path(
                "metrics",
                () -> Directives.get(() -> Directives.complete(HttpResponse.create()
                        .withEntity(
                                ContentTypes.parse(ProcessMeters.CONTENT_TYPE),
                                ClusterMeters.scrape(state).getBytes(StandardCharsets.UTF_8)))));
    }
}
