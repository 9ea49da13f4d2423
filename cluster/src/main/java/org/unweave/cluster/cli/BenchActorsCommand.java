package org.unweave.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.unweave.cluster.ActorsBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unweave bench actors}: what training inside actors costs beside the training loop alone. */
@Command(
        name = "actors",
        description = {
            "Times training inside the actors of a run, and the same jobs by plain threads, in turn.",
            "Rows are made up; nothing is judged."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class BenchActorsCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @Mixin
    private BenchShape shape = new BenchShape(512, 576, 4096, 32);

    @Option(names = "--jobs", paramLabel = "N", description = "Jobs, which differ by their seed.")
    private int jobs = 1;

    @Option(names = "--slots", paramLabel = "N", description = "Jobs that work at the same time.")
    private int slots = 1;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of a slot.")
    private int threads = 1;

    @Option(names = "--steps", paramLabel = "N", description = "Updates of each job in each turn.")
    private int steps = 100;

    @Option(names = "--turns", paramLabel = "N", description = "Timed turns, after one that is not timed.")
    private int turns = 7;

    @Option(names = "--json", description = "Prints one line of JSON.")
    private boolean json;

    BenchActorsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        ActorsBench.Shape bench = new ActorsBench.Shape(
                shape.variant(),
                shape.rows(),
                shape.width(),
                shape.features(),
                shape.k(),
                shape.atLeastOne("--jobs", jobs),
                shape.atLeastOne("--slots", slots),
                shape.atLeastOne("--threads", threads),
                shape.atLeastOne("--steps", steps));
        List<ActorsBench.Turn> all = ActorsBench.run(bench, shape.atLeastOne("--turns", turns));
        if (json) {
            console.out().println(JSON.writeValueAsString(toJson(all)));
        } else {
            print(all);
        }
        return ExitCode.DONE;
    }

    private static double median(List<ActorsBench.Turn> turns, ToDoubleFunction<ActorsBench.Turn> of) {
        List<Double> sorted = turns.stream().mapToDouble(of).sorted().boxed().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    private ObjectNode toJson(List<ActorsBench.Turn> all) {
        ObjectNode line = JSON.createObjectNode();
        line.put("variant", shape.variant());
        line.put("rows", shape.rows());
        line.put("width", shape.width());
        line.put("features", shape.features());
        line.put("k", shape.k());
        line.put("jobs", jobs);
        line.put("slots", slots);
        line.put("threads", threads);
        line.put("steps", steps);
        line.put("alone_ms", median(all, turn -> turn.alone().wallMs()));
        line.put("actors_ms", median(all, turn -> turn.actors().wallMs()));
        line.put("overhead", median(all, ActorsBench.Turn::overhead));
        line.put("alone_beside_ms", median(all, turn -> turn.alone().besideMs()));
        line.put("actors_beside_ms", median(all, turn -> turn.actors().besideMs()));
        line.put("beside_overhead", median(all, ActorsBench.Turn::besideOverhead));
        line.put("alone_processor_ms", median(all, turn -> turn.alone().processorMs()));
        line.put("actors_processor_ms", median(all, turn -> turn.actors().processorMs()));
        line.put("processor_overhead", median(all, ActorsBench.Turn::processorOverhead));
        ArrayNode overheads = line.putArray("overheads");
        all.forEach(turn -> overheads.add(turn.overhead()));
        return line;
    }

    private void print(List<ActorsBench.Turn> all) {
        say(
                "%s: B %d, D %d, F %d, k %d; %d jobs of %d updates, %d slots of %d threads; medians of %d turns",
                shape.variant(),
                shape.rows(),
                shape.width(),
                shape.features(),
                shape.k(),
                jobs,
                steps,
                slots,
                threads,
                all.size());
        say("%-24s %12s %16s %12s", "ms of a slot an update", "wall", "beside updates", "processor");
        printCost("plain threads", all, ActorsBench.Turn::alone);
        printCost("inside actors", all, ActorsBench.Turn::actors);
        say(
                "%-24s %+10.2f %% %+14.2f %% %+10.2f %%",
                "overhead, by turn",
                100 * median(all, ActorsBench.Turn::overhead),
                100 * median(all, ActorsBench.Turn::besideOverhead),
                100 * median(all, ActorsBench.Turn::processorOverhead));
        printTurns("turns' overheads, wall", all, ActorsBench.Turn::overhead);
        printTurns("beside updates", all, ActorsBench.Turn::besideOverhead);
    }

    private void printCost(String way, List<ActorsBench.Turn> all, Function<ActorsBench.Turn, ActorsBench.Cost> cost) {
        say(
                "%-24s %12.2f %16.2f %12.2f",
                way,
                median(all, turn -> cost.apply(turn).wallMs()),
                median(all, turn -> cost.apply(turn).besideMs()),
                median(all, turn -> cost.apply(turn).processorMs()));
    }

    private void printTurns(String what, List<ActorsBench.Turn> all, ToDoubleFunction<ActorsBench.Turn> overhead) {
        say(
                "%-24s %s",
                what,
                all.stream()
                        .map(turn -> String.format(Locale.ROOT, "%+.2f %%", 100 * overhead.applyAsDouble(turn)))
                        .collect(Collectors.joining(", ")));
    }

    private void say(String format, Object... values) {
        console.out().println(String.format(Locale.ROOT, format, values));
    }
}
