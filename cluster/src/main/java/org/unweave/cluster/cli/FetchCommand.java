package org.unweave.cluster.cli;

import java.util.concurrent.Callable;
import org.unweave.model.Progress;
import org.unweave.model.data.Bundle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unweave fetch}: the bundle alone. */
@Command(
        name = "fetch",
        description = "Fetches the bundle: the language model and the texts.",
        mixinStandardHelpOptions = true)
final class FetchCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    FetchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Progress progress =
                quiet ? Progress.NONE : new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        Bundle bundle = Bundle.fetch(Bundle.defaultCache(), progress);
        console.out().println("the bundle is whole; the model is " + bundle.model());
        return ExitCode.DONE;
    }
}
