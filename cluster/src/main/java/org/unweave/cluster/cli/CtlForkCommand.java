package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl fork}: makes another job from a job's newest checkpoint. */
@Command(
        name = "fork",
        description = {
            "Makes another job of the run from a job's newest checkpoint: its weights, its optimiser's moments, its step.",
            "ctl checkpoint has it write one of now."
        },
        mixinStandardHelpOptions = true)
final class CtlForkCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Parameters(paramLabel = "RUN/JOB", converter = JobName.Converter.class)
    private JobName job = new JobName("", "");

    @Option(names = "--as", required = true, paramLabel = "NEW", description = "The name of the new job.")
    private String as = "";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "What is otherwise in it, of the keys that may change; may be repeated.")
    private Map<String, String> values = new LinkedHashMap<>();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    CtlForkCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!JobName.isName(as)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--as: \"" + as + "\" is no name of a job, as topk-k64-fork");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("as", as);
        body.set("set", CtlRequest.values(values));
        return request.post(console, job.path("fork"), body);
    }
}
