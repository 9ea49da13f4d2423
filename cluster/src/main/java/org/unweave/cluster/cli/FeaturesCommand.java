package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.FeatureRun;
import org.unweave.eval.report.FeaturePage;
import org.unweave.model.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave features}: a page about single features of a checkpoint. */
@Command(
        name = "features",
        description = {
            "Writes a page about single features of a job's newest checkpoint, or of each job's of a run: those that tell"
                    + " most of the spurious label where that was found out, those that are active most often, and some"
                    + " drawn from the rest. The texts are the run's held-out ones."
        },
        mixinStandardHelpOptions = true)
final class FeaturesCommand implements Callable<Integer> {
    private static final int MOST = 1000;

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(
            paramLabel = "RUN/JOB",
            description = "A job of a run; a run, for each of its jobs; or a checkpoint's folder.")
    private String sae = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Features for each of the three reasons; ${DEFAULT-VALUE} if nothing is given.")
    private int count = 12;

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = "Texts for each feature, at most; ${DEFAULT-VALUE} if nothing is given.")
    private int examples = 10;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder to write to; without it, features/JOB in the run's folder.")
    private @Nullable Path out;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the config, as eval.core.sequences=512; may be repeated.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    FeaturesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        require("--count", count);
        require("--examples", examples);
        FeatureRun run = FeatureRun.prepare(new FeatureRun.Request(sae, count, examples, out, overrides));
        ConsoleProgress bars = new ConsoleProgress(console.err(), console.terminal(), System::nanoTime);
        List<FeatureRun.Written> written = run.run(quiet ? Progress.NONE : bars);
        bars.release();
        for (FeatureRun.Written one : written) {
            console.out().println(one.job() + " at step " + one.step() + ": " + FeaturePage.write(one.study()));
        }
        return ExitCode.DONE;
    }

    private void require(String option, int value) {
        if (value < 1 || value > MOST) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + " is " + value + ", not between 1 and " + MOST);
        }
    }
}
