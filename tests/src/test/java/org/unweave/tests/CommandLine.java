package org.unweave.tests;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.unweave.cluster.cli.Unweave;

/** A command in this process, with all that it wrote. */
record CommandLine(int exitCode, String out, String err) {
    static CommandLine execute(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Unweave.execute(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
        return new CommandLine(exitCode, out.toString(), err.toString());
    }

    /** The same, which must end well. */
    static CommandLine expect(List<String> arguments) {
        CommandLine done = execute(arguments.toArray(String[]::new));
        if (done.exitCode != 0) {
            throw new AssertionError(arguments + " ended with " + done);
        }
        return done;
    }

    /** The arguments of a run of the preset smoke. */
    static List<String> smoke(String name, Path runs, Path cache, List<String> overrides) {
        List<String> arguments = new ArrayList<>(List.of("run", "smoke"));
        List<String> all = new ArrayList<>(List.of("name=" + name, "runs-folder=" + runs, "cache=" + cache));
        all.addAll(overrides);
        all.forEach(override -> arguments.addAll(List.of("--set", override)));
        return arguments;
    }
}
