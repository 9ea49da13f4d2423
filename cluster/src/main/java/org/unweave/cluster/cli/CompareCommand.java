package org.unweave.cluster.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.report.Comparison;
import org.unweave.eval.report.ComparisonJson;
import org.unweave.eval.report.ComparisonPage;
import org.unweave.eval.report.ComparisonText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unweave compare}: runs or jobs beside one another. */
@Command(
        name = "compare",
        description = {
            "Holds runs against one another, or single jobs: the keys in which they differ, what came out, and the"
                    + " differences to the first one.",
            "Jobs are matched by their names; where each side is one job, these are compared whatever their names."
        },
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            arity = "2..*",
            paramLabel = "RUN[/JOB]",
            description = "Runs by name or folder, or jobs as RUN/JOB; two at least.")
    private List<String> named = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "The folder for compare.html and curves.png; without it, and without --json," + " compare/RUN-RUN.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Prints JSON, and writes a page only where --out names its folder.")
    private boolean json;

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<Comparison.Asked> asked = new ArrayList<>();
        for (String one : named) {
            NamedRun run = NamedRun.of(one);
            String name =
                    String.valueOf(run.folder().toAbsolutePath().normalize().getFileName());
            asked.add(
                    new Comparison.Asked(run.job().isEmpty() ? name : name + "/" + run.job(), run.folder(), run.job()));
        }
        Comparison comparison = Comparison.of(asked);
        comparison.problems().forEach(problem -> console.err().println("unweave: " + problem));
        if (json) {
            console.out().println(ComparisonJson.of(comparison));
        } else {
            console.out().print(ComparisonText.of(comparison));
        }
        if (out != null || !json) {
            Path page = ComparisonPage.write(comparison, out == null ? folder(asked) : out);
            (json ? console.err() : console.out()).println("comparison: " + page);
        }
        return ExitCode.DONE;
    }

    private static Path folder(List<Comparison.Asked> asked) {
        List<String> names =
                asked.stream().map(one -> one.label().replace('/', '_')).toList();
        return Path.of("compare", String.join("-", names));
    }
}
