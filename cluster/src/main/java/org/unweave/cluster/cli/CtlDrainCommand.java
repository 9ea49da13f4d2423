package org.unweave.cluster.cli;

import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl drain}: empties a node. */
@Command(
        name = "drain",
        description = "Has a node give its jobs to others, and take no more until it is started again.",
        mixinStandardHelpOptions = true)
final class CtlDrainCommand implements Callable<Integer> {
    private static final Pattern NODE = Pattern.compile("[A-Za-z0-9._\\[\\]:-]+:\\d{1,5}");

    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "HOST:PORT")
    private String node = "";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlDrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!NODE.matcher(node).matches()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "\"" + node + "\" is no HOST:PORT, as ctl status shows nodes");
        }
        if (!confirmation.given(spec.commandLine(), console, "drain " + node)) {
            return ExitCode.FAILED;
        }
        return request.post(console, "/nodes/" + node + "/drain");
    }
}
