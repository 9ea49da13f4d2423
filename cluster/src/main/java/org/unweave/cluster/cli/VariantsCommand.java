package org.unweave.cluster.cli;

import java.util.concurrent.Callable;
import org.unweave.model.sae.variant.Variants;
import picocli.CommandLine.Command;

/** {@code unweave variants}: the registered variants, one line each. */
@Command(name = "variants", description = "Lists the variants.", mixinStandardHelpOptions = true)
final class VariantsCommand implements Callable<Integer> {
    private final Console console;

    VariantsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        for (String name : Variants.names()) {
            console.out().printf("%-18s %s (%s)%n", name, Variants.description(name), Variants.source(name));
        }
        return ExitCode.DONE;
    }
}
