package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.unmarshalling.Unmarshaller;
import org.unweave.model.file.Durable;

/**
 * Takes reports for the folder of runs from evaluators that do not see it: {@code PUT
 * /api/v1/runs/RUN/evals/EVALUATION/FILE}, answered when the report is on the disk.
 */
public final class ReportRoutes {
    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";

    private ReportRoutes() {}

    /** @param runs the folder of all runs */
    public static Route of(Path runs) {
        return Directives.pathPrefix(
                segment("api").slash("v1").slash("runs").slash(segment()).slash("evals"),
                run -> Directives.path(
                        segment().slash(segment()),
                        (evaluation, file) ->
                                Directives.put(() -> put(runs, List.of(run, "evals", evaluation, file)))));
    }

    private static Route put(Path runs, List<String> names) {
        return Directives.entity(
                Unmarshaller.entityToString(),
                body -> Directives.extractActorSystem(
                        system -> Directives.completeWithFuture(CompletableFuture.supplyAsync(
                                () -> store(runs, names, body),
                                system.dispatchers().lookup(BLOCKING)))));
    }

    /** The path of a report. */
    public static String path(String run, String evaluation, String file) {
        return "/api/v1/runs/" + run + "/evals/" + evaluation + "/" + file;
    }

    private static HttpResponse store(Path runs, List<String> names, String body) {
        if (!ServedFolder.allNames(names)
                || !names.getLast().endsWith(".json")
                || !Files.isDirectory(runs.resolve(names.getFirst()))) {
            return Json.error(
                    StatusCodes.NOT_FOUND, "no run is named " + names.getFirst() + ", or there is no such report");
        }
        try {
            if (!Json.MAPPER.readTree(body).isObject()) {
                return Json.error(StatusCodes.BAD_REQUEST, "the body is no report");
            }
            Durable.write(runs.resolve(String.join("/", names)), body.getBytes(StandardCharsets.UTF_8));
            return Json.response(StatusCodes.OK, Json.MAPPER.createObjectNode().put("stored", true));
        } catch (JsonProcessingException e) {
            return Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
