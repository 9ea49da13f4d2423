package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.Node;
import org.unweave.cluster.NodeOptions;
import org.unweave.cluster.NodeSlots;
import org.unweave.cluster.RunFolder;
import org.unweave.cluster.security.NodeKeys;
import org.unweave.model.data.Bundle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unweave node}: one node of a cluster, until it is stopped. */
@Command(
        name = "node",
        description = {
            "Starts a node of a cluster, and stays until it is stopped.",
            "All nodes work on the same folder of runs; the supervisor's role survives the loss of one node only where",
            "three or more nodes have it."
        },
        mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--role",
            split = ",",
            required = true,
            paramLabel = "ROLE",
            description = "What it does, by commas: supervisor, trainer, evaluator, web.")
    private List<String> roles = new ArrayList<>();

    @Option(
            names = "--bind",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:25520",
            description = "Where other nodes reach it; ${DEFAULT-VALUE} if nothing is given.")
    private String bind = "";

    @Option(
            names = "--seed",
            split = ",",
            paramLabel = "HOST:PORT",
            description = "Nodes of the cluster to join, by commas; without one it begins a cluster of its own.")
    private List<String> seeds = new ArrayList<>();

    @Option(
            names = "--slots",
            paramLabel = "SLOTS",
            description = {
                "Jobs that train at the same time, on the CPU: N; one a processor if nothing is given.",
                "With NVIDIA cards: cuda for all, cuda=0,1 for these, cpu=N,cuda=0,1 for both."
            })
    private @Nullable String slots;

    @Option(
            names = "--evaluators",
            paramLabel = "N",
            defaultValue = "1",
            description = "Checkpoints that are judged at the same time; ${DEFAULT-VALUE}.")
    private int evaluators;

    @Option(names = "--runs", paramLabel = "DIR", description = "The folder of all runs, shared by the nodes; runs.")
    private Path runs = RunFolder.RUNS;

    @Option(
            names = "--apart",
            description = "The folder of runs is this node's own, not the shared one: an evaluator alone, which pulls"
                    + " checkpoints from the nodes with the role web and gives them its reports.")
    private boolean apart;

    @Option(names = "--cache", paramLabel = "DIR", description = "The folder of the bundle and of activations.")
    private @Nullable Path cache;

    @Option(
            names = "--activations",
            paramLabel = "own|pull",
            defaultValue = "own",
            description =
                    "Where activations come from that are not in the cache: own, which harvests them here, or pull,"
                            + " which harvests a part and takes from the nodes with the role web what they have;"
                            + " ${DEFAULT-VALUE}.")
    private String activations = "";

    @Option(
            names = "--journal",
            paramLabel = "JDBC-URL",
            description = "Where the supervisor's journal is: jdbc:postgresql://HOST/DATABASE; without it a file in the"
                    + " folder of runs, for nodes of one machine.")
    private @Nullable String journal;

    @Option(
            names = "--journal-user",
            paramLabel = "USER",
            defaultValue = "unweave",
            description = "Its user; ${DEFAULT-VALUE}.")
    private String journalUser = "";

    @Option(
            names = "--journal-password-file",
            paramLabel = "FILE",
            defaultValue = "",
            description = "Has its password.")
    private String journalPasswordFile = "";

    @Option(
            names = "--stable-after",
            paramLabel = "SECONDS",
            defaultValue = "20",
            description = "How long nodes must be unreachable before they are given up; ${DEFAULT-VALUE}.")
    private int stableAfter;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:8558",
            description = "Where the role web takes commands; ${DEFAULT-VALUE} if nothing is given.")
    private String http = "";

    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description = "The node's keys, as made by bin/unweave keys: TLS for both ports, a token for commands.")
    private @Nullable Path keys;

    @Option(
            names = "--hooks",
            description = "Lets runs have programs run and web addresses called here of what happens to them (hooks),"
                    + " while this node has the supervisor: for clusters whose users may do both.")
    private boolean hooks;

    @Option(names = "--insecure", description = "Lets both ports be open beyond this machine without keys.")
    private boolean insecure;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    NodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        NodeOptions options = options();
        LogFile.open(options.runsFolder().resolve(".nodes").resolve(bind.replace(':', '_') + ".log"));
        try (Node node = Node.start(options)) {
            console.out().println("node " + node.address() + ": " + node.offer() + "; runs in " + options.runsFolder());
            console.out().flush();
            node.join();
        }
        return ExitCode.DONE;
    }

    private NodeOptions options() {
        try {
            Set<NodeOptions.Role> all = EnumSet.noneOf(NodeOptions.Role.class);
            for (String role : roles) {
                all.add(role(role));
            }
            return new NodeOptions(
                    all,
                    NodeOptions.Address.parse(bind),
                    seeds.stream().map(NodeOptions.Address::parse).toList(),
                    nodeSlots(),
                    atLeastOne("--evaluators", evaluators),
                    runs,
                    apart(all),
                    cache == null ? Bundle.defaultCache() : cache,
                    activations(activations),
                    journal == null
                            ? NodeOptions.JournalPlace.file(runs.resolve(".supervisor"))
                            : new NodeOptions.JournalPlace(journal, journalUser, journalPasswordFile),
                    Duration.ofSeconds(atLeastOne("--stable-after", stableAfter)),
                    NodeOptions.Address.parse(http),
                    keys == null ? null : NodeKeys.open(keys),
                    hooks,
                    insecure);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private NodeSlots nodeSlots() {
        return slots == null ? NodeSlots.ofCpu(Runtime.getRuntime().availableProcessors()) : NodeSlots.parse(slots);
    }

    private static NodeOptions.Role role(String word) {
        try {
            return NodeOptions.Role.valueOf(word.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + word + "\" is no role; there are supervisor, trainer, evaluator, web", e);
        }
    }

    private boolean apart(Set<NodeOptions.Role> all) {
        if (apart && (all.contains(NodeOptions.Role.SUPERVISOR) || all.contains(NodeOptions.Role.TRAINER))) {
            throw new IllegalArgumentException(
                    "--apart is for nodes with the roles evaluator and web; a supervisor and trainers need the folder of"
                            + " runs that the nodes share");
        }
        return apart;
    }

    private static NodeOptions.Activations activations(String word) {
        for (NodeOptions.Activations one : NodeOptions.Activations.values()) {
            if (one.word().equals(word)) {
                return one;
            }
        }
        throw new IllegalArgumentException("--activations is \"" + word + "\", and must be own or pull");
    }

    private static int atLeastOne(String option, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + " is " + value + ", and must be 1 or more");
        }
        return value;
    }
}
