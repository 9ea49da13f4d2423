package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;

/** The runs of the folder of runs, also those that the supervisor does not know: {@code GET /api/v1/runs}. */
public final class RunListRoutes {
    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";
    private static final String CONFIG = "run.conf";

    private RunListRoutes() {}

    /** @param runs the folder of all runs */
    public static Route of(Path runs) {
        return Directives.path(
                segment("api").slash("v1").slash("runs"),
                () -> Directives.get(() ->
                        Directives.extractRequest(request -> Directives.extractActorSystem(system -> {
                            Query.of(request);
                            return Directives.completeWithFuture(CompletableFuture.supplyAsync(
                                    () -> answer(runs), system.dispatchers().lookup(BLOCKING)));
                        }))));
    }

    private static HttpResponse answer(Path runs) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode all = json.putArray("runs");
        names(runs).forEach(name -> all.addObject().put("run", name));
        return Json.response(StatusCodes.OK, json);
    }

    private static List<String> names(Path runs) {
        if (!Files.isDirectory(runs)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(runs)) {
            return entries.filter(entry -> Files.isRegularFile(entry.resolve(CONFIG)))
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> ServedFolder.allNames(List.of(name)))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
