package org.unweave.cluster.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code unweave bench}: times parts of Unweave on this machine. */
@Command(
        name = "bench",
        description = "Times parts of Unweave on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "PART")
final class BenchCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "what to time is missing: bench step, eval, messages or actors");
    }
}
