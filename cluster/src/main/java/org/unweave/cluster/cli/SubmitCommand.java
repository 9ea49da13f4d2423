package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.unweave.cluster.http.ControlClient;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unweave submit}: gives a run to a cluster, and follows it. */
@Command(
        name = "submit",
        description = {
            "Gives a run to a cluster and follows it. Ctrl-C ends the following alone; the run goes on.",
            "The nodes work in their own folder of runs, whatever the config names."
        },
        mixinStandardHelpOptions = true)
final class SubmitCommand implements Callable<Integer> {
    private static final String RUNS = "/api/v1/runs";
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private final Console console;

    @Mixin
    private RunChoice run = new RunChoice();

    @Option(names = "--detach", description = "Ends when the run is taken.")
    private boolean detach;

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    @Mixin
    private NodeAccess access = new NodeAccess();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    SubmitCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        RunConfig config = run.config(spec.commandLine());
        try (ControlClient client = access.open()) {
            client.post(RUNS, JsonNodeFactory.instance.objectNode().put("config", ConfigReader.render(config)));
            console.err().println("run " + config.name() + " is taken by " + access.node());
        }
        return detach ? ExitCode.DONE : follow(config, start);
    }

    private int follow(RunConfig config, long start) {
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        Progress progress = quiet ? Progress.NONE : bars;
        long rows = config.train().batchRows();
        try (ClusterView view = new ClusterView(access)) {
            while (true) {
                JsonNode status = view.get(RUNS + "/" + config.name());
                long steps = 0;
                for (JsonNode job : status.path("jobs")) {
                    steps += job.path("step").asLong();
                }
                // Jobs may be added meanwhile.
                long all = status.path("jobs").size() * config.train().steps() * rows;
                progress.report("training", steps * rows, all, "rows");
                String state = status.path("state").asText();
                if (state.equals("done") || state.equals("stopped")) {
                    bars.release();
                    return end(status, state, start);
                }
                ClusterView.pause(PAUSE);
            }
        }
    }

    private int end(JsonNode status, String state, long start) {
        List<String> problems = new ArrayList<>();
        status.path("problems").forEach(problem -> problems.add(problem.asText()));
        boolean failed = false;
        for (JsonNode job : status.path("jobs")) {
            failed |= job.path("state").asText().equals("failed");
        }
        Path folder = Path.of(status.path("folder").asText());
        if (Files.isDirectory(folder)) {
            Closing.print(console, folder, problems, start);
        } else {
            problems.forEach(problem -> console.err().println("unweave: " + problem));
            console.out().println("the run's folder is " + folder + " on the nodes, which is not to be seen from here");
        }
        if (state.equals("stopped")) {
            console.out().println("it was stopped; go on with: bin/unweave submit --resume " + folder);
            return ExitCode.INTERRUPTED;
        }
        return failed || !problems.isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
    }
}
