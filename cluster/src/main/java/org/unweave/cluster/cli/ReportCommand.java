package org.unweave.cluster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.unweave.cluster.RunFolder;
import org.unweave.eval.report.Report;
import org.unweave.eval.report.ResultTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code unweave report}: the table and the report of a run, made again from its files. */
@Command(
        name = "report",
        description = "Makes a run's report again from its files, also while it goes on.",
        mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "RUN", description = "A run's name or folder.")
    private String run = "";

    ReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path named = RunFolder.RUNS.resolve(run);
        Path folder = Files.isDirectory(named) ? named : Path.of(run);
        Path report = Report.write(folder);
        console.out().print(ResultTable.of(folder).text());
        console.out().println();
        console.out().println("report: " + report);
        return ExitCode.DONE;
    }
}
