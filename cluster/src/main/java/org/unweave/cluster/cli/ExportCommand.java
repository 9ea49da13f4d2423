package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.CheckpointExport;
import org.unweave.model.format.ExportFormat;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave export}: a checkpoint's SAE in another program's format. */
@Command(
        name = "export",
        description = "Writes a checkpoint's SAE in another program's format.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    private static final int MOST_CHECK_ROWS = 100_000;

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(
            paramLabel = "CHECKPOINT",
            description = "A checkpoint's folder; a job's folder, for its newest checkpoint; or RUN/JOB.")
    private String checkpoint = "";

    @Option(names = "--format", required = true, paramLabel = "FORMAT", description = "The format: saelens.")
    private String format = "";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder to write; without it, one in the job's folder.")
    private @Nullable Path out;

    @Option(names = "--force", description = "Replaces an export that lies there.")
    private boolean force;

    @Option(
            names = "--check-rows",
            paramLabel = "N",
            description = "Writes N random rows and their reconstructions too, to compare with the other program's.")
    private int checkRows;

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ExportFormat wanted = ExportFormat.of(format)
                .orElseThrow(() -> new CommandLine.ParameterException(
                        spec.commandLine(),
                        "there is no format named " + format + "; there is "
                                + String.join(", ", ExportFormat.words())));
        if (checkRows < 0 || checkRows > MOST_CHECK_ROWS) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--check-rows is " + checkRows + ", not between 0 and " + MOST_CHECK_ROWS);
        }
        CheckpointExport.Written written =
                CheckpointExport.write(new CheckpointExport.Request(checkpoint, wanted, out, force, checkRows));
        console.out().println("checkpoint:   " + written.checkpoint());
        console.out().println("architecture: " + written.architecture());
        console.out()
                .println("shapes:       W_enc " + written.width() + " x " + written.features() + ", W_dec "
                        + written.features() + " x " + written.width());
        if (!written.frequencies()) {
            console.out().println("sparsity:     left out; firing frequencies were not kept at this step");
        }
        console.out().println("export:       " + written.folder());
        console.out().println("load it by:   " + wanted.loading(written.folder()));
        return ExitCode.DONE;
    }
}
