package org.unweave.cluster.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import org.slf4j.LoggerFactory;
import org.unweave.cluster.RunException;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.security.AccessException;
import org.unweave.config.InvalidConfigException;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.report.RunFolderException;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.data.DataException;
import org.unweave.model.lm.ModelFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code unweave} and its exit codes: 0 done, 1 failed, 2 wrong arguments or config, 130 interrupted. */
@Command(
        name = "unweave",
        description = "Trains sparse autoencoders on a language model's activations, and judges them.",
        mixinStandardHelpOptions = true,
        versionProvider = Unweave.Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Unweave implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Unweave() {}

    /** Runs a command line and returns the exit code. */
    public static int execute(String[] arguments, PrintWriter out, PrintWriter err) {
        java.io.@org.jspecify.annotations.Nullable Console system = System.console();
        boolean terminal = system != null && system.isTerminal();
        return execute(arguments, new Console(out, err, terminal, () -> system == null ? null : system.readLine()));
    }

    static int execute(String[] arguments, Console console) {
        PrintWriter err = console.err();
        CommandLine commands = new CommandLine(new Unweave())
                .addSubcommand(new RunCommand(console))
                .addSubcommand(new NodeCommand(console))
                .addSubcommand(new SubmitCommand(console))
                .addSubcommand(CtlCommand.line(console))
                .addSubcommand(new WatchCommand(console))
                .addSubcommand(new FetchCommand(console))
                .addSubcommand(new EvalCommand(console))
                .addSubcommand(new RunsCommand(console))
                .addSubcommand(new ReportCommand(console))
                .addSubcommand(new CompareCommand(console))
                .addSubcommand(new MetricsCommand(console))
                .addSubcommand(new LogsCommand(console))
                .addSubcommand(new FeaturesCommand(console))
                .addSubcommand(new ExportCommand(console))
                .addSubcommand(new VariantsCommand(console))
                .addSubcommand(new KeysCommand(console))
                .addSubcommand(new CommandLine(new BenchCommand())
                        .addSubcommand(new BenchStepCommand(console))
                        .addSubcommand(new BenchEvalCommand(console))
                        .addSubcommand(new BenchMessagesCommand(console))
                        .addSubcommand(new BenchActorsCommand(console)))
                .setOut(console.out())
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, line, result) -> handle(exception, err));
        try {
            return commands.execute(arguments);
        } finally {
            LogFile.close();
        }
    }

    private static int handle(Exception exception, PrintWriter err) {
        return switch (exception) {
            case InvalidConfigException wrong -> say(wrong, ExitCode.WRONG_INPUT, err);
            case RunException failed -> say(failed, ExitCode.FAILED, err);
            case AccessException wrong -> say(wrong, ExitCode.WRONG_INPUT, err);
            case ControlException failed -> say(failed, ExitCode.FAILED, err);
            case DataException failed -> say(failed, ExitCode.FAILED, err);
            case ModelFileException failed -> say(failed, ExitCode.FAILED, err);
            case CheckpointException failed -> say(failed, ExitCode.FAILED, err);
            case EvaluationException failed -> say(failed, ExitCode.FAILED, err);
            case RunFolderException failed -> say(failed, ExitCode.FAILED, err);
            case UncheckedIOException failed -> say(failed, ExitCode.FAILED, err);
            default -> {
                LoggerFactory.getLogger(Unweave.class).error("unexpected failure", exception);
                err.println("unweave: unexpected failure: " + exception + "; this is a defect, the log has its trace");
                yield ExitCode.FAILED;
            }
        };
    }

    private static int say(Exception exception, int exitCode, PrintWriter err) {
        LoggerFactory.getLogger(Unweave.class).info("ends with exit code {}", exitCode, exception);
        err.println("unweave: " + exception.getMessage());
        return exitCode;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Unweave.class.getPackage().getImplementationVersion();
            return new String[] {"unweave " + (version == null ? "(not packaged)" : version)};
        }
    }
}
