package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.LocalRun;
import org.unweave.cluster.RunFolder;
import org.unweave.cluster.RunInputs;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave run}: everything in one process, from the bundle to the report. */
@Command(
        name = "run",
        description = "Fetches, harvests, trains, evaluates and reports, in one process.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            description = "A preset, or a .conf file. quick if nothing is given.")
    private @Nullable String preset;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the config; may be repeated.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--resume", paramLabel = "RUN", description = "Goes on with a run, by its name or its folder.")
    private @Nullable String resume;

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        if (resume == null) {
            RunConfig config = ConfigReader.read(preset == null ? "quick" : preset, overrides, Clock.systemUTC());
            RunInputs.require(config);
            try (RunFolder folder = RunFolder.create(config)) {
                return run(config, folder.path(), start);
            }
        }
        if (preset != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--resume takes the config of its run; leave out " + preset);
        }
        RunConfig before = RunFolder.configOf(resume, RunFolder.RUNS, List.of());
        RunConfig now = RunFolder.configOf(resume, RunFolder.RUNS, overrides);
        RunInputs.require(now);
        try (RunFolder folder = RunFolder.resume(before, now)) {
            return run(now, folder.path(), start);
        }
    }

    private int run(RunConfig config, Path folder, long start) {
        LogFile.open(folder.resolve("unweave.log"));
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        Progress progress = quiet ? Progress.NONE : bars;
        if (!quiet) {
            console.err().println("run " + config.name() + " in " + folder);
        }
        LocalRun run = new LocalRun(config, progress);
        try (Interrupts _ = Interrupts.handledBy(run, config, console)) {
            Supervisor.RunEnded ended = run.run();
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
