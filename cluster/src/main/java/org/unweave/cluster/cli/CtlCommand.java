package org.unweave.cluster.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl}: commands a cluster. Commands that say nothing but their job are here, the others in files of theirs. */
@Command(
        name = "ctl",
        description = "Commands a cluster.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class CtlCommand implements Runnable {
    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private CtlCommand(Console console) {
        this.console = console;
    }

    /** With all its commands. */
    static CommandLine line(Console console) {
        return new CommandLine(new CtlCommand(console))
                .addSubcommand(new CtlStatusCommand(console))
                .addSubcommand(new CtlSetCommand(console))
                .addSubcommand(new CtlForkCommand(console))
                .addSubcommand(new CtlAddCommand(console))
                .addSubcommand(new CtlEvaluateCommand(console))
                .addSubcommand(new CtlStopCommand(console))
                .addSubcommand(new CtlDrainCommand(console));
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(name = "pause", description = "Has a job stop working.", mixinStandardHelpOptions = true)
    int pause(
            @Mixin CtlRequest request,
            @Parameters(paramLabel = "RUN/JOB", converter = JobName.Converter.class) JobName job) {
        return request.post(console, job.path("pause"));
    }

    @Command(
            name = "resume",
            description = "Has a job work again that was paused, or stopped while its run goes on.",
            mixinStandardHelpOptions = true)
    int resume(
            @Mixin CtlRequest request,
            @Parameters(paramLabel = "RUN/JOB", converter = JobName.Converter.class) JobName job) {
        return request.post(console, job.path("resume"));
    }

    @Command(name = "checkpoint", description = "Has a job write a checkpoint.", mixinStandardHelpOptions = true)
    int checkpoint(
            @Mixin CtlRequest request,
            @Parameters(paramLabel = "RUN/JOB", converter = JobName.Converter.class) JobName job) {
        return request.post(console, job.path("checkpoint"));
    }
}
