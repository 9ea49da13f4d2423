package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.unweave.cluster.http.ControlClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code unweave ctl status}: shows runs, jobs and nodes. */
@Command(name = "status", description = "Shows runs, jobs and nodes.", mixinStandardHelpOptions = true)
final class CtlStatusCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    CtlStatusCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (ControlClient client = request.open()) {
            JsonNode overview = client.get(CtlRequest.API + "/status");
            for (JsonNode run : overview.path("runs")) {
                JsonNode status =
                        client.get(CtlRequest.API + "/runs/" + run.path("run").asText());
                ((ObjectNode) run).set("jobs", status.path("jobs"));
                ((ObjectNode) run).set("evaluationsLeft", status.path("evaluationsLeft"));
                ((ObjectNode) run).set("problems", status.path("problems"));
            }
            print(overview);
            return ExitCode.DONE;
        }
    }

    private void print(JsonNode overview) {
        PrintWriter out = console.out();
        if (request.json()) {
            out.println(overview.toPrettyString());
            return;
        }
        overview.path("nodes").forEach(node -> out.println(node(node)));
        for (JsonNode run : overview.path("runs")) {
            out.println(
                    "run " + run.path("run").asText() + ": " + run.path("state").asText());
            run.path("jobs").forEach(job -> out.println(job(job)));
        }
    }

    private static String node(JsonNode node) {
        return String.format(
                Locale.ROOT,
                "node %-24s %d slots%s, %d jobs; %d evaluators, %d at work%s%s%s",
                node.path("name").asText(),
                node.path("cpuSlots").asInt(),
                node.path("cards").isEmpty() ? "" : ", cards " + node.path("cards"),
                node.path("jobs").asInt(),
                node.path("evaluators").asInt(),
                node.path("judging").asInt(),
                node.path("drained").asBoolean() ? "; drained" : "",
                further(node.path("url").asText()),
                further(node.path("refused").asText()));
    }

    private static String further(String text) {
        return text.isEmpty() ? "" : "; " + text;
    }

    private static String job(JsonNode job) {
        return String.format(
                        Locale.ROOT,
                        "  %-28s %-10s step %d of %d, %d restarts %s %s",
                        job.path("job").asText(),
                        job.path("state").asText(),
                        job.path("step").asLong(),
                        job.path("steps").asLong(),
                        job.path("restarts").asInt(),
                        job.path("set").asText(),
                        job.path("reason").asText())
                .stripTrailing();
    }
}
