package org.unweave.cluster.cli;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What benches of training are told of the SAE and its batch. */
final class BenchShape {
    @Option(names = "--variant", paramLabel = "NAME", description = "One of those that unweave variants lists.")
    private String variant = "topk";

    @Option(names = "--rows", paramLabel = "B", description = "Rows of a batch.")
    private int rows;

    @Option(names = "--width", paramLabel = "D", description = "Width of a row.")
    private int width;

    @Option(names = "--features", paramLabel = "F", description = "Latents.")
    private int features;

    @Option(names = "--k", paramLabel = "K", description = "Active latents of a row.")
    private int k;

    @Spec(Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    /** With these sizes where none is given. */
    BenchShape(int rows, int width, int features, int k) {
        this.rows = rows;
        this.width = width;
        this.features = features;
        this.k = k;
    }

    String variant() {
        return variant;
    }

    int rows() {
        return atLeastOne("--rows", rows);
    }

    int width() {
        return atLeastOne("--width", width);
    }

    int features() {
        return features;
    }

    int k() {
        return k;
    }

    /** Refuses an option of the command that is below 1. */
    int atLeastOne(String option, int value) {
        if (value < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), option + " is " + value + ", below 1");
        }
        return value;
    }
}
