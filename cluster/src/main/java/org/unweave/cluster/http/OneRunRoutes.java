package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.Directives.concat;
import static org.apache.pekko.http.javadsl.server.Directives.path;
import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.PathMatcher0;
import org.apache.pekko.http.javadsl.server.PathMatchers;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.unmarshalling.Unmarshaller;

/** Refuses what a process with one run and no other node cannot do: take another run, or give its jobs to other nodes. */
public final class OneRunRoutes {
    private OneRunRoutes() {}

    /** To be asked before {@link ControlRoutes}. */
    public static Route of(String run) {
        PathMatcher0 api = segment("api").slash("v1");
        return concat(
                path(
                        api.slash("runs"),
                        () -> refused(
                                "this process has the run " + run
                                        + " and takes no other; start one of its own by bin/unweave run, or a node that takes runs")),
                path(
                        api.slash("nodes").slash(PathMatchers.segment()).slash("drain"),
                        node -> refused("this process has no other node that the jobs of " + run
                                + " could go to; stop the run, and go on with it by --resume")));
    }

    private static Route refused(String reason) {
        return Directives.post(() -> Directives.entity(
                Unmarshaller.entityToString(), body -> Directives.complete(Json.error(StatusCodes.CONFLICT, reason))));
    }
}
