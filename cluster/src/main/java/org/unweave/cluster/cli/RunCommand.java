package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.unweave.actors.Supervisor;
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
    private final Console console;

    @Mixin
    private RunChoice run = new RunChoice();

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
        RunConfig config = run.config(spec.commandLine());
        LocalRun.requireCards(config.slots());
        try (RunFolder folder = run.folder(config)) {
            return run(config, folder.path(), start);
        }
    }

    private int run(RunConfig config, Path folder, long start) {
        LogFile.open(folder.resolve("unweave.log"));
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        Progress progress = quiet ? Progress.NONE : bars;
        if (!quiet) {
            console.err().println("run " + config.name() + " in " + folder);
        }
        LocalRun local = new LocalRun(config, progress);
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
