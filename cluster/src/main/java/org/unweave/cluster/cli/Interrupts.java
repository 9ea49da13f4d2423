package org.unweave.cluster.cli;

import java.util.concurrent.atomic.AtomicInteger;
import org.unweave.cluster.LocalRun;
import org.unweave.cluster.RunFolder;
import org.unweave.config.RunConfig;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Ctrl-C and a polite kill while a run goes on: the first has it write its checkpoints and end, the second ends at once.
 */
final class Interrupts implements AutoCloseable {
    private final AtomicInteger count = new AtomicInteger();
    private final SignalHandler interruptBefore;
    private final SignalHandler terminateBefore;

    private Interrupts(LocalRun run, RunConfig config, Console console) {
        SignalHandler handler = signal -> handle(run, config, console);
        interruptBefore = Signal.handle(new Signal("INT"), handler);
        terminateBefore = Signal.handle(new Signal("TERM"), handler);
    }

    static Interrupts handledBy(LocalRun run, RunConfig config, Console console) {
        return new Interrupts(run, config, console);
    }

    private void handle(LocalRun run, RunConfig config, Console console) {
        if (count.incrementAndGet() == 1 && run.stop()) {
            console.err().println("\nstopping after a checkpoint; once more stops at once");
            return;
        }
        // While activations are harvested there is nothing to wait for: whole shards are on the disk already.
        console.err().println("\n" + howToGoOn(config));
        console.err().flush();
        Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
    }

    static String howToGoOn(RunConfig config) {
        return "go on with: bin/unweave run --resume " + RunFolder.resumeName(config);
    }

    @Override
    public void close() {
        Signal.handle(new Signal("INT"), interruptBefore);
        Signal.handle(new Signal("TERM"), terminateBefore);
    }
}
