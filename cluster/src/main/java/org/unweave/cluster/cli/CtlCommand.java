package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Locale;
import org.unweave.cluster.http.ControlClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl}: commands a cluster. */
@Command(name = "ctl", description = "Commands a cluster.", synopsisSubcommandLabel = "COMMAND")
final class CtlCommand implements Runnable {
    private static final String API = "/api/v1";

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    private int post(NodeAccess access, String path) {
        try (ControlClient client = access.open()) {
            client.post(API + path, JsonNodeFactory.instance.objectNode());
            return ExitCode.DONE;
        }
    }

    @Command(name = "status", description = "Shows runs, jobs and nodes.", mixinStandardHelpOptions = true)
    int status(@Mixin NodeAccess access, @Option(names = "--json", description = "As JSON.") boolean json) {
        try (ControlClient client = access.open()) {
            JsonNode overview = client.get(API + "/status");
            if (json) {
                console.out().println(overview.toPrettyString());
                return ExitCode.DONE;
            }
            for (JsonNode node : overview.path("nodes")) {
                console.out()
                        .println(String.format(
                                Locale.ROOT,
                                "node %-24s %d slots%s, %d jobs; %d evaluators, %d at work%s%s%s",
                                node.path("name").asText(),
                                node.path("cpuSlots").asInt(),
                                node.path("cards").isEmpty() ? "" : ", cards " + node.path("cards"),
                                node.path("jobs").asInt(),
                                node.path("evaluators").asInt(),
                                node.path("judging").asInt(),
                                node.path("drained").asBoolean() ? "; drained" : "",
                                node.path("url").asText().isEmpty()
                                        ? ""
                                        : "; " + node.path("url").asText(),
                                node.path("refused").asText().isEmpty()
                                        ? ""
                                        : "; " + node.path("refused").asText()));
            }
            for (JsonNode run : overview.path("runs")) {
                String name = run.path("run").asText();
                console.out().println("run " + name + ": " + run.path("state").asText());
                for (JsonNode job : client.get(API + "/runs/" + name).path("jobs")) {
                    console.out()
                            .println(String.format(
                                            Locale.ROOT,
                                            "  %-28s %-10s step %d of %d, %d restarts %s",
                                            job.path("job").asText(),
                                            job.path("state").asText(),
                                            job.path("step").asLong(),
                                            job.path("steps").asLong(),
                                            job.path("restarts").asInt(),
                                            job.path("reason").asText())
                                    .stripTrailing());
                }
            }
            return ExitCode.DONE;
        }
    }

    @Command(name = "pause", description = "Has a job stop working.", mixinStandardHelpOptions = true)
    int pause(@Mixin NodeAccess access, @Parameters(paramLabel = "RUN/JOB") String job) {
        return post(access, jobPath(job) + "/pause");
    }

    @Command(name = "resume", description = "Has a paused job work again.", mixinStandardHelpOptions = true)
    int resume(@Mixin NodeAccess access, @Parameters(paramLabel = "RUN/JOB") String job) {
        return post(access, jobPath(job) + "/resume");
    }

    @Command(name = "checkpoint", description = "Has a job write a checkpoint.", mixinStandardHelpOptions = true)
    int checkpoint(@Mixin NodeAccess access, @Parameters(paramLabel = "RUN/JOB") String job) {
        return post(access, jobPath(job) + "/checkpoint");
    }

    @Command(
            name = "stop",
            description = "Has all jobs of a run write a checkpoint and end; submit --resume RUN goes on with it.",
            mixinStandardHelpOptions = true)
    int stop(@Mixin NodeAccess access, @Parameters(paramLabel = "RUN") String run) {
        return post(access, "/runs/" + run + "/stop");
    }

    @Command(
            name = "drain",
            description = "Has a node give its jobs to others, and take no more.",
            mixinStandardHelpOptions = true)
    int drain(@Mixin NodeAccess access, @Parameters(paramLabel = "HOST:PORT") String node) {
        return post(access, "/nodes/" + node + "/drain");
    }

    private String jobPath(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash != text.lastIndexOf('/') || slash == text.length() - 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "\"" + text + "\" is no RUN/JOB, as study-1/topk-k64");
        }
        return "/runs/" + text.substring(0, slash) + "/jobs/" + text.substring(slash + 1);
    }
}
