package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.unweave.eval.report.Report;
import org.unweave.eval.report.ResultTable;

/** What a command that judged SAEs leaves and says at its end. */
final class Closing {
    private Closing() {}

    /**
     * Writes the report of a folder, and prints its table, the problems, the time, and where the report is.
     *
     * @param start by {@link System#nanoTime}
     */
    static void print(Console console, Path folder, List<String> problems, long start) {
        Path report = Report.write(folder);
        console.out().println();
        console.out().print(ResultTable.of(folder).text());
        console.out().println();
        problems.forEach(problem -> console.err().println("unweave: " + problem));
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        console.out()
                .println(String.format(
                        Locale.ROOT, "took %d:%02d, report: %s", took.toMinutes(), took.toSecondsPart(), report));
    }
}
