package org.unweave.cluster.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unweave ctl set}: changes a job while it trains. */
@Command(
        name = "set",
        description = {
            "Changes settings of a job while it trains, all of them before the same update.",
            "A key that cannot change is refused with those that can."
        },
        mixinStandardHelpOptions = true)
final class CtlSetCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CtlRequest request = new CtlRequest();

    @Parameters(index = "0", paramLabel = "RUN/JOB", converter = JobName.Converter.class)
    private JobName job = new JobName("", "");

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE", description = "As learning-rate=0.0001.")
    private Map<String, String> values = new LinkedHashMap<>();

    CtlSetCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("set", CtlRequest.values(values));
        return request.post(console, job.path("set"), body);
    }
}
