package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.unweave.cluster.RunFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave logs}: what the actors of a run did, in lines. */
@Command(
        name = "logs",
        description = {
            "Shows the log of a run, or the lines of one job: those that its trainer and its evaluations write, and those"
                    + " that name it.",
            "A run that a cluster made is looked for in the logs of the nodes of this folder of runs."
        },
        mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "RUN[/JOB]", description = "A run's name or folder, or one job of it.")
    private String run = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on with what is written from now on, until Ctrl-C.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            description = "Begins with the last N lines; without it, with all.")
    private int lines = Integer.MAX_VALUE;

    @Option(
            names = "--level",
            paramLabel = "LEVEL",
            description = "Only lines of this level or a higher one: debug, info, warn, error.")
    private LogLevel level = LogLevel.TRACE;

    LogsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (lines < 0) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--lines is " + lines + ", below 0");
        }
        NamedRun named = NamedRun.of(run, RunFolder.RUNS);
        RunLog log = RunLog.of(named.folder(), named.job(), level);
        List<Path> files = log.files();
        if (files.isEmpty() && !follow) {
            console.err()
                    .println("unweave: the run " + named.named() + " has no log; neither " + RunLog.OWN + " nor "
                            + RunLog.EVALUATION + " is in its folder, and no node of its folder of runs wrote of it");
            return ExitCode.FAILED;
        }
        List<LogEntry> all = new ArrayList<>(log.poll());
        all.subList(Math.max(0, all.size() - lines), all.size()).forEach(this::print);
        console.out().flush();
        return follow ? follow(log) : ExitCode.DONE;
    }

    /** Ends where nobody reads any more, as behind a pipe that was closed. */
    private int follow(RunLog log) {
        try {
            while (!console.out().checkError()) {
                Thread.sleep(PAUSE);
                log.poll().forEach(this::print);
            }
            return ExitCode.DONE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        }
    }

    private void print(LogEntry entry) {
        entry.lines().forEach(line -> console.out().println(line));
    }
}
