package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.RunException;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.watch.LiveView;
import org.unweave.cluster.watch.NodeLink;
import org.unweave.cluster.watch.Outcome;
import org.unweave.cluster.watch.PlainView;
import org.unweave.cluster.watch.WatchModel;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave watch}: a run, live: on a terminal a screen with keys, elsewhere lines. */
@Command(
        name = "watch",
        description = {
            "Shows a run, live: on a terminal a screen with keys (? shows them), elsewhere plain lines.",
            "Ends with 0 when the run is done, 1 when a job failed, 130 when it was stopped or interrupted."
        },
        mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    private static final String API = "/api/v1";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final Console console;
    private final Map<String, String> environment;

    @Mixin
    private NodeAccess access = new NodeAccess();

    @Parameters(
            arity = "0..1",
            paramLabel = "RUN",
            description = "The run; if it is left out, the last of those that are at work, or the last of all.")
    private @Nullable String run;

    @Option(names = "--once", description = "Prints how it stands, and ends.")
    private boolean once;

    @Option(names = "--json", description = "Prints events as lines of JSON; with --once how it stands.")
    private boolean json;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    WatchCommand(Console console) {
        this(console, System.getenv());
    }

    WatchCommand(Console console, Map<String, String> environment) {
        this.console = console;
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (run != null && !NAME.matcher(run).matches()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "\"" + run + "\" is no name of a run; a name is as study-1");
        }
        String chosen;
        try (ControlClient client = access.open()) {
            chosen = choose(client.get(API + "/status").path("runs"));
            if (chosen != null && once) {
                return exitCode(once(client, chosen));
            }
        }
        return chosen == null ? ExitCode.WRONG_INPUT : exitCode(show(chosen));
    }

    private @Nullable String choose(JsonNode runs) {
        List<String> names = new ArrayList<>();
        String last = null;
        String atWork = null;
        for (JsonNode one : runs) {
            String name = one.path("run").asText();
            String state = one.path("state").asText();
            names.add(name);
            last = name;
            atWork = state.equals("running") || state.equals("stopping") ? name : atWork;
        }
        if (last == null) {
            throw new RunException(
                    "the node at " + access.node() + " has no run yet; give it one by bin/unweave submit");
        }
        if (run != null && !names.contains(run)) {
            console.err()
                    .println("unweave: the node at " + access.node() + " has no run that is named " + run
                            + "; there are " + String.join(", ", names));
            return null;
        }
        return run != null ? run : atWork != null ? atWork : last;
    }

    private Outcome once(ControlClient client, String name) {
        JsonNode status = client.get(API + "/runs/" + name);
        JsonNode nodes = client.get(API + "/nodes");
        if (json) {
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            all.set("run", status);
            all.set("nodes", nodes.path("nodes"));
            console.out().println(all);
            return Outcome.DONE;
        }
        return PlainView.once(new WatchModel(name), status, nodes, curves(client, name), console.out());
    }

    private static JsonNode curves(ControlClient client, String name) {
        try {
            return client.get(API + "/runs/" + name + WatchModel.CURVES);
        } catch (ControlException e) {
            // A node without the folder of runs has none.
            if (e.status() == 0) {
                throw e;
            }
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private Outcome show(String name) throws InterruptedException {
        String kind = environment.getOrDefault("TERM", "dumb");
        boolean lines = json || !console.terminal() || kind.isEmpty() || kind.equals("dumb");
        WatchModel model = new WatchModel(name);
        NodeLink.Wanted wanted = new NodeLink.Wanted(name, lines ? "WARN" : "INFO", !lines);
        try (NodeLink link = new NodeLink(access.node(), access::open, wanted)) {
            if (lines) {
                return new PlainView(model, link, console.out(), console.err(), json).show();
            }
            boolean colours = environment.getOrDefault("NO_COLOR", "").isEmpty();
            return LiveView.showHere(model, link, colours);
        } catch (IOException e) {
            throw new RunException(
                    "this terminal cannot be drawn on (" + e.getMessage() + "); TERM=dumb has plain lines", e);
        }
    }

    private static int exitCode(Outcome outcome) {
        return switch (outcome) {
            case DONE -> ExitCode.DONE;
            case FAILED -> ExitCode.FAILED;
            case INTERRUPTED -> ExitCode.INTERRUPTED;
        };
    }
}
