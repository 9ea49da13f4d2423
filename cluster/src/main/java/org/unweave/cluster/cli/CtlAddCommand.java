package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl add}: gives a run in work one job more. */
@Command(
        name = "add",
        description = {
            "Gives a run in work one job more, which trains from its first batch on.",
            "The file is an entry like those of jobs in a config, as: variant = topk, k = 64, name = wide"
        },
        mixinStandardHelpOptions = true)
final class CtlAddCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Parameters(index = "0", paramLabel = "RUN")
    private String run = "";

    @Parameters(index = "1", paramLabel = "FILE")
    private Path file = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlAddCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!JobName.isName(run)) {
            throw new CommandLine.ParameterException(spec.commandLine(), "\"" + run + "\" is no name of a run");
        }
        String entry;
        try {
            entry = Files.readString(file);
        } catch (IOException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), file + " cannot be read as UTF-8 text: " + e, e);
        }
        return request.post(
                console,
                "/runs/" + run + "/jobs",
                JsonNodeFactory.instance.objectNode().put("entry", entry));
    }
}
