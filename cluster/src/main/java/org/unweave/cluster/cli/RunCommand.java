package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.LocalHttp;
import org.unweave.cluster.LocalRun;
import org.unweave.cluster.RunFolder;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unweave run}: everything in one process, from the bundle to the report. */
@Command(
        name = "run",
        description = "Fetches, harvests, trains, evaluates and reports, in one process.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private static final int MOST_PORT = 65_535;

    private final Console console;

    @Mixin
    private RunChoice run = new RunChoice();

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    @Option(
            names = "--http",
            paramLabel = "PORT|off",
            defaultValue = "8558",
            description =
                    "Where this machine watches and commands the run; ${DEFAULT-VALUE} if nothing is given, 0 for any"
                            + " port that is free.")
    private String http = "";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        @Nullable Integer port = port();
        RunConfig config = run.config(spec.commandLine());
        LocalRun.requireCards(config.slots());
        LocalRun.requireNoPause(config);
        try (RunFolder folder = run.folder(config)) {
            return run(config, folder.path(), port, start);
        }
    }

    private @Nullable Integer port() {
        if (http.equals("off")) {
            return null;
        }
        try {
            int port = Integer.parseInt(http);
            if (port >= 0 && port <= MOST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new CommandLine.ParameterException(
                spec.commandLine(), "--http is \"" + http + "\", and must be a port (0 for any that is free) or off");
    }

    private int run(RunConfig config, Path folder, @Nullable Integer port, long start) {
        LogFile.open(folder.resolve("unweave.log"));
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        Progress progress = quiet ? Progress.NONE : bars;
        if (!quiet) {
            console.err().println("run " + config.name() + " in " + folder);
        }
        LocalRun local = new LocalRun(
                config, progress, port == null ? null : new LocalHttp(port, quiet ? said -> {} : bars::say));
        try (Interrupts _ = Interrupts.handledBy(local, config, console)) {
            Supervisor.RunEnded ended = local.run();
            bars.release();
            return end(config, folder, ended, start);
        }
    }

    private int end(RunConfig config, Path folder, Supervisor.RunEnded ended, long start) {
        Closing.print(console, folder, ended.problems(), start);
        if (ended.stopped()) {
            console.out().println(Interrupts.howToGoOn(config));
            return ExitCode.INTERRUPTED;
        }
        boolean failed = ended.jobs().stream().anyMatch(job -> job.state().equals("failed"));
        return failed || !ended.problems().isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
    }
}
