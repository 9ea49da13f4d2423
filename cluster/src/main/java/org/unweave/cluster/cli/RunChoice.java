package org.unweave.cluster.cli;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.RunFolder;
import org.unweave.cluster.RunInputs;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The run that a command is given: a new one by a preset or a file, or one that was begun; with overrides. */
final class RunChoice {
    @Parameters(
            arity = "0..1",
            paramLabel = "PRESET|FILE",
            description = "A preset, or a .conf file. quick if nothing is given.")
    private @Nullable String preset;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the config; may be repeated.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--resume", paramLabel = "RUN", description = "Goes on with a run, by its name or its folder.")
    private @Nullable String resume;

    /**
     * Its config, after what it reads was looked at.
     *
     * @param command the command that was given both a new run and one that was begun, if it was
     */
    RunConfig config(CommandLine command) {
        RunConfig config;
        if (resume == null) {
            config = ConfigReader.read(preset == null ? "quick" : preset, overrides, Clock.systemUTC());
        } else if (preset != null) {
            throw new CommandLine.ParameterException(
                    command, "--resume takes the config of its run; leave out " + preset);
        } else {
            config = RunFolder.configOf(resume, RunFolder.RUNS, overrides);
        }
        RunInputs.require(config);
        return config;
    }

    /** Makes its folder, or opens the one that it left. */
    RunFolder folder(RunConfig config) {
        return resume == null
                ? RunFolder.create(config)
                : RunFolder.resume(RunFolder.configOf(resume, RunFolder.RUNS, List.of()), config);
    }
}
