package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl evaluate}: has a checkpoint judged that the config does not ask for. */
@Command(
        name = "evaluate",
        description = "Has a job's newest checkpoint judged by the run's evaluations, once.",
        mixinStandardHelpOptions = true)
final class CtlEvaluateCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Parameters(paramLabel = "RUN/JOB", converter = JobName.Converter.class)
    private JobName job = new JobName("", "");

    @Option(names = "--step", paramLabel = "N", description = "The checkpoint of this step in place of the newest.")
    private @Nullable Long step;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlEvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (step != null) {
            if (step < 0) {
                throw new CommandLine.ParameterException(spec.commandLine(), "--step: " + step + " is below 0");
            }
            body.put("step", step);
        }
        return request.post(console, job.path("evaluate"), body);
    }
}
