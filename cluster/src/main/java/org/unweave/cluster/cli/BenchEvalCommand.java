package org.unweave.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.unweave.cluster.EvaluationBench;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.eval.AblationBench;
import org.unweave.model.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave bench eval}: SCR and TPP of random SAEs, in closed form and literally. */
@Command(
        name = "eval",
        description = "Times SCR and TPP: each text encoded once, and encoded anew for each number of latents.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchEvalCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            defaultValue = "smoke",
            description = "The model, the texts and the sizes are those of this configuration.")
    private String preset = "smoke";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the configuration.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--features", paramLabel = "F", description = "Latents.")
    private int features = 4096;

    @Option(names = "--k", paramLabel = "K", description = "Active latents of a row.")
    private int k = 32;

    @Option(names = "--saes", paramLabel = "N", description = "SAEs, one after another.")
    private int saes = 10;

    @Option(names = "--json", description = "Prints one line of JSON.")
    private boolean json;

    BenchEvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        if (k < 1 || k > features || saes < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--k wants 1 to --features, and --saes at least 1");
        }
        List<String> all = new ArrayList<>(overrides);
        all.add("eval.evaluations=[scr, tpp]");
        RunConfig config = ConfigReader.read(preset, all, Clock.systemUTC());
        AblationBench.Result result = EvaluationBench.run(config, features, k, saes, Progress.NONE);
        if (json) {
            console.out().println(JSON.writeValueAsString(toJson(result)));
        } else {
            print(result);
        }
        return ExitCode.DONE;
    }

    private static ObjectNode toJson(AblationBench.Result result) {
        ObjectNode line = JSON.createObjectNode();
        line.put("features", result.features());
        line.put("k", result.k());
        line.put("threads", result.threads());
        line.put("saes", result.saes());
        line.put("shared_s", result.shared());
        line.put("closed_form_s", result.closed());
        line.put("literal_s", result.literal());
        line.put("speedup", result.speedup());
        line.put("all_saes_s", result.several());
        line.put("growth", result.growth());
        line.put("largest_difference", result.largestDifference());
        return line;
    }

    private void print(AblationBench.Result result) {
        say("scr and tpp: F %d, k %d, %d threads", result.features(), result.k(), result.threads());
        say("%-44s %9.2f s", "activations and probes, once for all SAEs", result.shared());
        say("%-44s %9.2f s", "closed form, an SAE (median, whole reports)", result.closed());
        say("%-44s %9.2f s", "literal, an SAE (scores alone)", result.literal());
        say("%-44s %9.1f", "literal / closed form", result.speedup());
        say(
                "%-44s %9.2f s, %.2f times one with the shared part",
                result.saes() + " SAEs", result.several(), result.growth());
        say("%-44s %9.1e", "largest difference of a score", result.largestDifference());
    }

    private void say(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }
}
