package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.Directives.complete;
import static org.apache.pekko.http.javadsl.server.Directives.completeWithFuture;
import static org.apache.pekko.http.javadsl.server.Directives.concat;
import static org.apache.pekko.http.javadsl.server.Directives.entity;
import static org.apache.pekko.http.javadsl.server.Directives.get;
import static org.apache.pekko.http.javadsl.server.Directives.path;
import static org.apache.pekko.http.javadsl.server.Directives.pathPrefix;
import static org.apache.pekko.http.javadsl.server.Directives.post;
import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.Route;
import org.apache.pekko.http.javadsl.unmarshalling.Unmarshaller;
import org.unweave.actors.Supervisor;

/**
 * The supervisor's commands over HTTP, wherever in the cluster it is. One that is refused is a 409 with the reason; one
 * that nobody answers a 503, and may have been taken. Beyond {@link #MOST_WAITING} a command is not passed on: a 503 with
 * {@code Retry-After}.
 */
public final class ControlRoutes {
    /** The supervisor may be on its way to another node. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /**
     * Commands and questions of one node that wait for the supervisor at once. Each command is forced to the disk, so
     * whoever floods a node is quicker than the supervisor, and nothing else bounds its mailbox.
     */
    static final int MOST_WAITING = 64;

    private static final String ROOT = "api";
    private static final String VERSION = "v1";
    private static final String SET = "set";
    private static final String ENTRY = "entry";

    private final ActorRef<Supervisor.Command> supervisor;
    private final ActorSystem<?> system;
    private final Semaphore mayWait = new Semaphore(MOST_WAITING);

    private ControlRoutes(ActorRef<Supervisor.Command> supervisor, ActorSystem<?> system) {
        this.supervisor = supervisor;
        this.system = system;
    }

    /** @param supervisor or what stands for it on this node */
    public static Route of(ActorRef<Supervisor.Command> supervisor, ActorSystem<?> system) {
        return new ControlRoutes(supervisor, system).routes();
    }

    private Route routes() {
        return pathPrefix(
                ROOT,
                () -> pathPrefix(
                        VERSION,
                        () -> concat(
                                path("status", () -> get(() -> completeWithFuture(overview()))),
                                path("runs", () -> post(() -> entity(Unmarshaller.entityToString(), this::submit))),
                                path(
                                        segment("runs").slash(segment()),
                                        run -> get(() -> completeWithFuture(status(run)))),
                                path(
                                        segment("runs").slash(segment()).slash("stop"),
                                        run -> command(replyTo -> new Supervisor.StopRun(run, replyTo))),
                                path(
                                        segment("nodes").slash(segment()).slash("drain"),
                                        node -> command(replyTo -> new Supervisor.Drain(node, replyTo))),
                                job("pause", Supervisor.PauseJob::new),
                                job("resume", Supervisor.ResumeJob::new),
                                job("checkpoint", Supervisor.CheckpointJob::new),
                                job("stop", Supervisor.StopJob::new),
                                job("set", List.of(SET), this::set),
                                job("fork", List.of("as", SET), this::fork),
                                job("evaluate", List.of("step"), this::evaluate),
                                path(
                                        segment("runs").slash(segment()).slash("jobs"),
                                        run -> command(
                                                List.of(ENTRY),
                                                (body, replyTo) ->
                                                        new Supervisor.AddJob(run, body.text(ENTRY), replyTo))))));
    }

    /** A command's message, of a run, a job and whom to answer. */
    @FunctionalInterface
    private interface JobCommand {
        Supervisor.Command of(String run, String job, ActorRef<Supervisor.Answer> replyTo);
    }

    private Route job(String word, JobCommand message) {
        return path(
                segment("runs").slash(segment()).slash("jobs").slash(segment()).slash(word),
                (run, job) -> command(replyTo -> message.of(run, job, replyTo)));
    }

    /** The message of a command whose body says something, of which it throws what does not fit. */
    @FunctionalInterface
    private interface BodyCommand {
        Supervisor.Command of(CommandBody body, ActorRef<Supervisor.Answer> replyTo);
    }

    /** The same of a job. */
    @FunctionalInterface
    private interface JobBodyCommand {
        Supervisor.Command of(String run, String job, CommandBody body, ActorRef<Supervisor.Answer> replyTo);
    }

    private Route job(String word, List<String> fields, JobBodyCommand message) {
        return path(
                segment("runs").slash(segment()).slash("jobs").slash(segment()).slash(word),
                (run, job) -> command(fields, (body, replyTo) -> message.of(run, job, body, replyTo)));
    }

    private Supervisor.Command set(String run, String job, CommandBody body, ActorRef<Supervisor.Answer> replyTo) {
        return new Supervisor.SetJob(run, job, body.values(SET), replyTo);
    }

    private Supervisor.Command fork(String run, String job, CommandBody body, ActorRef<Supervisor.Answer> replyTo) {
        return new Supervisor.ForkJob(run, job, body.text("as"), body.values(SET), replyTo);
    }

    private Supervisor.Command evaluate(String run, String job, CommandBody body, ActorRef<Supervisor.Answer> replyTo) {
        return new Supervisor.EvaluateJob(run, job, body.number("step", Supervisor.NEWEST), replyTo);
    }

    // The message is made before anything is asked: what does not fit is the caller's affair.
    private Route command(List<String> fields, BodyCommand message) {
        return post(() -> entity(Unmarshaller.entityToString(), text -> {
            CommandBody body;
            try {
                body = CommandBody.of(text, fields);
                message.of(body, system.ignoreRef());
            } catch (IllegalArgumentException e) {
                return complete(Json.error(StatusCodes.BAD_REQUEST, String.valueOf(e.getMessage())));
            }
            return completeWithFuture(answer(replyTo -> message.of(body, replyTo)));
        }));
    }

    private Route submit(String body) {
        JsonNode config;
        try {
            config = Json.MAPPER.readTree(body).path("config");
        } catch (JsonProcessingException e) {
            return complete(Json.error(StatusCodes.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage()));
        }
        if (!config.isTextual()) {
            return complete(Json.error(
                    StatusCodes.BAD_REQUEST, "the body must be {\"config\": \"...\"}, a run's whole config as text"));
        }
        return completeWithFuture(answer(replyTo -> new Supervisor.Submit(config.textValue(), replyTo)));
    }

    private Route command(Function<ActorRef<Supervisor.Answer>, Supervisor.Command> message) {
        // The body says nothing, but a connection is closed after an answer that comes before its end.
        return post(() -> entity(Unmarshaller.entityToString(), body -> completeWithFuture(answer(message))));
    }

    private CompletionStage<HttpResponse> answer(Function<ActorRef<Supervisor.Answer>, Supervisor.Command> message) {
        return ask(
                message,
                answer -> answer.taken()
                        ? Json.response(
                                StatusCodes.OK, Json.MAPPER.createObjectNode().put("taken", true))
                        : Json.error(StatusCodes.CONFLICT, answer.problem()));
    }

    private CompletionStage<HttpResponse> overview() {
        return ask(
                Supervisor.GetOverview::new,
                overview -> Json.response(StatusCodes.OK, Json.MAPPER.valueToTree(overview)));
    }

    private CompletionStage<HttpResponse> status(String run) {
        return ask(
                (ActorRef<Supervisor.Status> replyTo) -> new Supervisor.GetStatus(run, replyTo),
                status -> status.state().equals("unknown")
                        ? Json.error(StatusCodes.NOT_FOUND, "no run is named " + run)
                        : Json.response(StatusCodes.OK, Json.MAPPER.valueToTree(status)));
    }

    private <T> CompletionStage<HttpResponse> ask(
            Function<ActorRef<T>, Supervisor.Command> message, Function<T, HttpResponse> response) {
        if (!mayWait.tryAcquire()) {
            return CompletableFuture.completedFuture(Json.error(
                            StatusCodes.SERVICE_UNAVAILABLE,
                            MOST_WAITING + " commands of this node wait for the supervisor, so this one was not passed"
                                    + " on; give it again in a second, or have fewer at once")
                    .addHeader(RawHeader.create("Retry-After", "1")));
        }
        return AskPattern.<Supervisor.Command, T>ask(supervisor, message::apply, PATIENCE, system.scheduler())
                .whenComplete((answer, failure) -> mayWait.release())
                .handle((answer, failure) -> failure == null
                        ? response.apply(answer)
                        : Json.error(
                                StatusCodes.SERVICE_UNAVAILABLE,
                                "no supervisor answers within " + PATIENCE.toSeconds()
                                        + " s; one of the nodes must have the role supervisor, and after the loss of one"
                                        + " the next takes its place by and by"));
    }
}
