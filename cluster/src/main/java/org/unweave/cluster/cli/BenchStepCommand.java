package org.unweave.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.model.train.StepBench;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unweave bench step}: one update of a variant, and the dense product of its shape beside it. */
@Command(
        name = "step",
        description = "Times one training step of a variant.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchStepCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private BenchShape shape = new BenchShape(2048, 512, 8192, 64);

    @Option(names = "--threads", paramLabel = "N", description = "Threads; 0: the machine's processors.")
    private int threads;

    @Option(names = "--steps", paramLabel = "N", description = "Timed steps, after a few that are not timed.")
    private int steps = 15;

    @Option(
            names = "--labelled",
            description = "The last " + StepBench.LABELLED_ROWS
                    + " rows of each batch are of labelled texts, which a run has in each fourth.")
    private boolean labelled;

    @Option(names = "--json", description = "Prints one line of JSON.")
    private boolean json;

    BenchStepCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        shape.atLeastOne("--steps", steps);
        if (threads < 0) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--threads is " + threads + ", below 0");
        }
        if (labelled && shape.rows() < StepBench.LABELLED_ROWS) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--rows is " + shape.rows() + ", and labelled texts alone have " + StepBench.LABELLED_ROWS);
        }
        JobConfig job = ConfigReader.job(
                shape.variant(),
                List.of("job.features=" + shape.features(), "job.k=" + shape.k(), "job.target-l0=auto"));
        int team = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        StepBench.Result result = StepBench.run(job, shape.rows(), shape.width(), team, steps, labelled);
        if (json) {
            console.out().println(JSON.writeValueAsString(toJson(result)));
        } else {
            print(result);
        }
        return ExitCode.DONE;
    }

    private static ObjectNode toJson(StepBench.Result result) {
        ObjectNode line = JSON.createObjectNode();
        line.put("variant", result.variant());
        line.put("rows", result.rows());
        line.put("width", result.width());
        line.put("features", result.features());
        line.put("k", result.k());
        line.put("threads", result.threads());
        line.put("l0", result.l0());
        line.set("step_ms", times(result.step()));
        line.set("sgemm_ms", times(result.sgemm()));
        ObjectNode phases = line.putObject("phases_ms");
        result.phasesMs().forEach((name, millis) -> phases.put(name, rounded(millis)));
        line.put("peak_bytes", result.peakBytes());
        line.put("first_peak_bytes", result.firstPeakBytes());
        return line;
    }

    private static ObjectNode times(StepBench.Times times) {
        ObjectNode json = JSON.createObjectNode();
        json.put("median", rounded(times.medianMs()));
        json.put("min", rounded(times.minMs()));
        return json;
    }

    private static double rounded(double millis) {
        return Math.round(millis * 100) / 100.0;
    }

    private void print(StepBench.Result result) {
        say(
                "%s: B %d, D %d, F %d, k %d, L0 %.1f, %d threads",
                result.variant(),
                result.rows(),
                result.width(),
                result.features(),
                result.k(),
                result.l0(),
                result.threads());
        say("%-20s %8s %8s", "", "median", "min");
        say(
                "%-20s %8.1f %8.1f ms",
                "step", result.step().medianMs(), result.step().minMs());
        say(
                "%-20s %8.1f %8.1f ms",
                "sgemm of the shape", result.sgemm().medianMs(), result.sgemm().minMs());
        result.phasesMs().entrySet().stream()
                .sorted((a, b) -> Double.compare(b.getValue(), a.getValue()))
                .forEach(phase -> say(
                        "  %-18s %8.1f %7.0f %%",
                        phase.getKey(),
                        phase.getValue(),
                        100 * phase.getValue() / result.step().medianMs()));
        say(
                "peak beside weights, moments and batch: %.1f MB, in the first update %.1f MB; one [B, F] array: %.1f MB",
                result.peakBytes() / 1e6, result.firstPeakBytes() / 1e6, 4e-6 * result.rows() * result.features());
    }

    private void say(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }
}
