package org.unweave.cluster;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.unweave.cluster.cli.Unweave;

/** The entry point: hands the arguments to the command line, and its exit code to the system. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        int exitCode = Unweave.execute(arguments, writer(System.out), writer(System.err));
        System.exit(exitCode);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }
}
