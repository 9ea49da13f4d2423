package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.Directives.concat;
import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.eval.report.Evaluation;
import org.unweave.eval.report.RunFiles;

/**
 * What the folders of runs tell of the past, of runs that go on and of runs that are over: the curves of a run's jobs, its
 * evaluations, its config.
 */
public final class HistoryRoutes {
    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";
    private static final int MOST_POINTS = 5000;
    private static final int USUAL_POINTS = 500;

    /** Numbers of one answer: points of all curves of all jobs. */
    private static final long MOST_NUMBERS = 500_000;

    private final Path runs;

    private HistoryRoutes(Path runs) {
        this.runs = runs;
    }

    /** @param runs the folder of all runs */
    public static Route of(Path runs) {
        HistoryRoutes routes = new HistoryRoutes(runs);
        return Directives.pathPrefix(
                segment("api").slash("v1").slash("runs"),
                () -> concat(
                        routes.route("metrics", routes::metrics, "job", "series", "split", "points"),
                        routes.route("results", (run, query) -> routes.results(run)),
                        routes.route("config", (run, query) -> routes.config(run))));
    }

    @FunctionalInterface
    private interface Answer {
        HttpResponse of(String run, Query query) throws IOException;
    }

    private Route route(String word, Answer answer, String... parameters) {
        return Directives.path(
                segment().slash(word),
                run -> Directives.get(() -> Directives.extractRequest(request -> Directives.extractActorSystem(
                        system -> Directives.completeWithFuture(CompletableFuture.supplyAsync(
                                () -> answer(run, request, answer, parameters),
                                system.dispatchers().lookup(BLOCKING)))))));
    }

    private HttpResponse answer(String run, HttpRequest request, Answer answer, String... parameters) {
        try {
            return answer(run, Query.of(request, parameters), answer);
        } catch (BadQueryException e) {
            return Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse answer(String run, Query query, Answer answer) throws IOException {
        if (!isOwn(run)) {
            return Json.error(StatusCodes.NOT_FOUND, "the folder of runs has none that is named " + Json.shown(run));
        }
        return answer.of(run, query);
    }

    /** Whether the folder of runs has it itself, and not by a link that leads out of it. */
    private boolean isOwn(String run) throws IOException {
        return ServedFolder.allNames(List.of(run))
                && Files.isDirectory(runs.resolve(run))
                && runs.resolve(run).toRealPath().startsWith(runs.toRealPath());
    }

    private HttpResponse metrics(String run, Query query) throws IOException {
        List<String> asked = query.list("job");
        List<String> series =
                query.text("series").isPresent() ? MetricsHistory.requireNames(query.list("series")) : List.of("loss");
        String split = query.word("split", MetricsHistory.SPLITS, MetricsHistory.SPLITS.getFirst());
        int points = query.whole("points", 2, MOST_POINTS, USUAL_POINTS);
        List<String> there = jobs(run);
        for (String job : asked) {
            if (!there.contains(job)) {
                return Json.error(
                        StatusCodes.NOT_FOUND,
                        "no job of " + run + " is named " + Json.shown(job) + "; there are " + there);
            }
        }
        List<String> jobs = asked.isEmpty() ? there : asked;
        if ((long) jobs.size() * series.size() * points > MOST_NUMBERS) {
            throw new BadQueryException(jobs.size() + " jobs, " + series.size() + " series and " + points
                    + " points are too much for one answer; ask for fewer points, or for some jobs");
        }
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("run", run);
        json.put("split", split);
        ArrayNode all = json.putArray("jobs");
        for (String job : jobs) {
            Optional<Path> file = new ServedFolder(runs).file(List.of(run, "jobs", job, "metrics.jsonl"));
            if (file.isPresent()) {
                all.addObject().put("job", job).setAll(MetricsHistory.of(file.get(), split, series, points));
            }
        }
        return Json.response(StatusCodes.OK, json);
    }

    private List<String> jobs(String run) throws IOException {
        Path folder = runs.resolve(run).resolve("jobs");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> ServedFolder.allNames(List.of(name)))
                    .sorted()
                    .toList();
        }
    }

    private HttpResponse results(String run) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("run", run);
        ArrayNode results = json.putArray("results");
        for (Evaluation one : RunFiles.evaluations(runs.resolve(run))) {
            ObjectNode result = results.addObject();
            result.put("evaluation", one.evaluation());
            result.put("sae", one.sae());
            result.put("control", one.control());
            result.put("step", one.step());
            if (one.seed() >= 0) {
                result.put("seed", one.seed());
            }
            JsonNode metrics = one.document().path("eval_result_metrics");
            result.set("metrics", metrics.isObject() ? metrics : Json.MAPPER.createObjectNode());
        }
        return Json.response(StatusCodes.OK, json);
    }

    private HttpResponse config(String run) throws IOException {
        Optional<Path> file = new ServedFolder(runs).file(List.of(run, "run.conf"));
        if (file.isEmpty()) {
            return Json.error(StatusCodes.NOT_FOUND, "the run " + run + " has no run.conf yet");
        }
        try {
            return Json.response(
                    StatusCodes.OK,
                    // What is no UTF-8 is then no config either, and said to be none.
                    RunConfigJson.of(run, new String(Files.readAllBytes(file.get()), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Json.error(StatusCodes.NOT_FOUND, "the run.conf of " + run + " cannot be read: " + e.getMessage());
        }
    }
}
