package org.unweave.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.unweave.cluster.MessagesBench;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unweave bench messages}: messages per second of each way that one takes. */
@Command(
        name = "messages",
        description = {
            "Times messages in this process: written and read, told from actor to actor, asked of the supervisor,",
            "commands that are forced to the disk of the folder for temporary files, sent over loopback."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchMessagesCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(names = "--messages", paramLabel = "N", description = "Messages of each kind that no disk waits for.")
    private int messages = 200_000;

    @Option(names = "--commands", paramLabel = "N", description = "Commands of each kind.")
    private int commands = 400;

    @Option(names = "--json", description = "Prints one line of JSON.")
    private boolean json;

    BenchMessagesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        if (messages < 1 || commands < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--messages and --commands must be 1 or more");
        }
        List<MessagesBench.Rate> rates = MessagesBench.run(messages, commands);
        if (json) {
            console.out().println(JSON.writeValueAsString(toJson(rates)));
        } else {
            print(rates);
        }
        return ExitCode.DONE;
    }

    private static ObjectNode toJson(List<MessagesBench.Rate> rates) {
        ObjectNode line = JSON.createObjectNode();
        ArrayNode all = line.putArray("rates");
        for (MessagesBench.Rate rate : rates) {
            ObjectNode one = all.addObject();
            one.put("what", rate.what());
            one.put("messages", rate.messages());
            one.put("per_second", rate.perSecond());
            one.put("bytes", rate.bytes());
        }
        return line;
    }

    private void print(List<MessagesBench.Rate> rates) {
        say("%-56s %10s %12s", "messages", "timed", "a second");
        for (MessagesBench.Rate rate : rates) {
            String size = rate.bytes() == 0 ? "" : ", " + rate.bytes() + " bytes";
            say("%-56s %10d %12.0f", rate.what() + size, rate.messages(), rate.perSecond());
        }
    }

    private void say(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }
}
