package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.EvalRun;
import org.unweave.model.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave eval}: judges checkpoints that are there already. */
@Command(
        name = "eval",
        description = {
            "Judges checkpoints that are there already, all on the same texts.",
            "What was cut off goes on when the same command is given again."
        },
        mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Runs, jobs or checkpoints: a folder, a run's name, or RUN/JOB.")
    private List<String> saes = new ArrayList<>();

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "EVALUATION",
            description = "The evaluations to make, by commas; without it, those of the run.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "SEED",
            description = "Seeds of the evaluation, by commas: results for each, and their spread in the plots.")
    private List<Long> seeds = new ArrayList<>();

    @Option(
            names = "--same-texts",
            description = "All seeds judge on the texts that the first one chooses: their spread is that of draws and"
                    + " probes alone.")
    private boolean sameTexts;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder for results and plots; without it, the folder of the run.")
    private @Nullable Path out;

    @Option(names = "--all-steps", description = "Judges every checkpoint of a job, not only the newest.")
    private boolean allSteps;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the config, as eval.core.sequences=64; may be repeated.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    EvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        EvalRun run = EvalRun.prepare(new EvalRun.Request(saes, only, seeds, out, overrides, allSteps, sameTexts));
        LogFile.open(run.folder().resolve("eval.log"));
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        if (!quiet) {
            console.err()
                    .println("judging " + run.saes() + (run.saes() == 1 ? " SAE" : " SAEs") + ", results in "
                            + run.folder());
        }
        List<String> problems = run.run(quiet ? Progress.NONE : bars);
        bars.release();
        Closing.print(console, run.folder(), problems, start);
        return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
