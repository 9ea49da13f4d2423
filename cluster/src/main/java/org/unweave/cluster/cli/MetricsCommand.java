package org.unweave.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.report.MetricsFormat;
import org.unweave.eval.report.MetricsTable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave metrics}: a run's metrics as a table for other programs. */
@Command(
        name = "metrics",
        description = {
            "Writes the metrics of a run or a job as a table, a row for each number:",
            "run, job, variant, split, step, rows, wall_s, metric, value."
        },
        mixinStandardHelpOptions = true)
final class MetricsCommand implements Callable<Integer> {
    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "RUN[/JOB]", description = "A run's name or folder, or one job of it.")
    private String run = "";

    @Option(names = "--format", paramLabel = "FORMAT", description = "csv (the default), jsonl or parquet.")
    private String format = "csv";

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "The file to write; without it, standard output. Parquet wants one.")
    private @Nullable Path out;

    MetricsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        MetricsFormat wanted = MetricsFormat.of(format)
                .orElseThrow(() -> wrong("there is no format named " + format + "; there are "
                        + Arrays.stream(MetricsFormat.values())
                                .map(MetricsFormat::word)
                                .collect(Collectors.joining(", "))));
        if (out == null && !wanted.text()) {
            throw wrong(wanted.word() + " is not written to a terminal; name a file by -o");
        }
        NamedRun named = NamedRun.of(run);
        MetricsTable table = MetricsTable.of(named.folder(), named.job());
        table.problems().forEach(problem -> console.err().println("unweave: " + problem));
        if (out == null) {
            try {
                wanted.write(table, console.out());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        } else {
            wanted.write(table, out);
            console.err().println(table.rows().size() + " rows in " + out);
        }
        return ExitCode.DONE;
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
