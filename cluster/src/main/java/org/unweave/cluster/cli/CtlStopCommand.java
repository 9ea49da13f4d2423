package org.unweave.cluster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl stop}: ends a run, or one job of it, with checkpoints. */
@Command(
        name = "stop",
        description = {
            "Has all jobs of a run write a checkpoint and end; submit --resume RUN goes on with it.",
            "With RUN/JOB only that job; ctl resume has it go on as long as its run does."
        },
        mixinStandardHelpOptions = true)
final class CtlStopCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "RUN[/JOB]")
    private String target = "";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlStopCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String path = path();
        if (!confirmation.given(spec.commandLine(), console, "stop " + target)) {
            return ExitCode.FAILED;
        }
        return request.post(console, path);
    }

    private String path() {
        if (JobName.isName(target)) {
            return "/runs/" + target + "/stop";
        }
        try {
            return new JobName.Converter().convert(target).path("stop");
        } catch (CommandLine.TypeConversionException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "\"" + target + "\" is no RUN or RUN/JOB, as study-1 or study-1/topk-k64", e);
        }
    }
}
