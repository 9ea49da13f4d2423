package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.unweave.cluster.security.Authority;
import org.unweave.cluster.security.NodeKeys;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unweave keys}: keys and a token for a node that others than its own machine reach. */
@Command(
        name = "keys",
        description = "Makes a node's keys, and the authority that signs them where there is none yet.",
        mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--folder",
            required = true,
            paramLabel = "DIR",
            description = "Where the authority is kept and the node's folder is made.")
    private Path folder = Path.of("");

    @Option(names = "--node", required = true, paramLabel = "NAME", description = "The node's name.")
    private String node = "";

    @Option(
            names = "--host",
            required = true,
            split = ",",
            paramLabel = "HOST",
            description = "The names and addresses by which others reach the node, with commas between them.")
    private List<String> hosts = List.of();

    KeysCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Authority authority = Authority.openOrMake(folder);
        NodeKeys keys = authority.issue(node, hosts);
        String made = authority.made() ? ", made now; keep it here: whoever has it can make nodes" : "";
        console.out().println("authority:   " + authority.folder() + made);
        console.out().println("keys:        " + keys.folder());
        console.out().println("hosts:       " + String.join(", ", keys.hosts()));
        console.out().println("valid until: " + keys.validUntil().toInstant());
        console.out().println("Copy the folder " + keys.folder() + " to the node's machine, and start the node with");
        console.out().println("  --keys " + keys.folder());
        console.out().println("Others command it with");
        console.out().println("  --ca " + keys.authorityFile() + " --token-file " + keys.tokenFile());
        return ExitCode.DONE;
    }
}
