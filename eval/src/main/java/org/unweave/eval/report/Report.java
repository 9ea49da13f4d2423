package org.unweave.eval.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The report of a run: one HTML file that needs nothing beside it. It is made from the files of the run folder alone,
 * so it can be made again at any time, of a run that is still going or was cut off too.
 */
public final class Report {
    private final RunFiles run;
    private final ResultTable table;
    private final ReportSections sections;
    private final StringBuilder html = new StringBuilder(1 << 20);

    private Report(RunFiles run) {
        this.run = run;
        this.table = ResultTable.of(run);
        this.sections = new ReportSections(run);
    }

    /**
     * Writes {@code plots/*.png} and {@code report.html}, over those of before.
     *
     * @return the report's file
     * @throws RunFolderException if the folder is none of a run or cannot be written
     */
    public static Path write(Path runFolder) {
        RunFiles run = RunFiles.read(runFolder);
        Plots.Written plots = Plots.write(run);
        Path file = run.folder().resolve("report.html");
        Path temporary = run.folder().resolve("report.html.tmp");
        try {
            Files.writeString(temporary, new Report(run).html(plots), StandardCharsets.UTF_8);
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new RunFolderException("cannot write " + file + ": " + failure.getMessage(), failure);
        }
        return file;
    }

    private String html(Plots.Written plots) throws IOException {
        String name = Html.escape(run.name());
        html.append(Html.head(run.name() + " - Unweave report", ReportStyle.CSS))
                .append("<header>\n<p class=\"kind\">Unweave report</p>\n<h1>")
                .append(name)
                .append("</h1>\n<p class=\"states\">")
                .append(Html.escape(states()))
                .append("</p>\n</header>\n")
                .append("<nav aria-label=\"Sections\"><ul><li><a href=\"#results\">Results</a></li>")
                .append("<li><a href=\"#leaderboard\">Leaderboard</a></li>")
                .append("<li><a href=\"#plots\">Plots</a></li><li><a href=\"#features\">Features</a></li>")
                .append("<li><a href=\"#jobs\">Jobs</a></li>")
                .append("<li><a href=\"#sizes\">Sizes and counts</a></li><li><a href=\"#limits\">Limits</a></li>")
                .append("<li><a href=\"#configuration\">Configuration</a></li>")
                .append("<li><a href=\"#provenance\">Provenance</a></li></ul></nav>\n<main>\n");
        section("results", "Results", results());
        section("leaderboard", "Leaderboard", LeaderboardHtml.of(Leaderboard.of(run)));
        section("plots", "Plots", plots(plots));
        section("features", "Features", sections.features());
        section("jobs", "Jobs", sections.jobs());
        section("sizes", "Sizes and counts", sections.sizes());
        section("limits", "Limits", sections.limits(plots.missing()));
        section("configuration", "Configuration", sections.configuration());
        section("provenance", "Provenance", sections.provenance());
        return html.append("</main>\n<footer></footer>\n</body>\n</html>\n").toString();
    }

    private void section(String id, String title, String content) {
        html.append("<section id=\"")
                .append(id)
                .append("\">\n<h2>")
                .append(title)
                .append("</h2>\n");
        html.append(content).append("</section>\n");
    }

    private String results() {
        String datasets = table.datasetsHtml();
        String scores = table.scoresHtml();
        return table.html()
                + (datasets.isEmpty()
                        ? "<p class=\"note\">No probing evaluation is there yet.</p>\n"
                        : "<h3>Sparse probing by dataset</h3>\n" + datasets)
                + (scores.isEmpty() ? "" : "<h3>By intervention</h3>\n" + scores);
    }

    private static String plots(Plots.Written written) throws IOException {
        StringBuilder figures = new StringBuilder();
        for (Plots.Plot plot : written.plots()) {
            String caption = Html.escape(plot.caption());
            figures.append("<figure>\n<img alt=\"")
                    .append(Html.escape(plot.title()))
                    .append(". ")
                    .append(caption)
                    .append("\" width=\"")
                    .append(Figure.WIDTH)
                    .append("\" height=\"")
                    .append(Figure.HEIGHT)
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(Files.readAllBytes(plot.file())))
                    .append("\">\n<figcaption>")
                    .append(caption)
                    .append("</figcaption>\n</figure>\n");
        }
        for (String sentence : written.missing()) {
            figures.append("<p class=\"note\">").append(Html.escape(sentence)).append("</p>\n");
        }
        return figures.toString();
    }

    /** "3 jobs: 2 done, 1 failed". */
    private String states() {
        List<JobFiles> jobs = run.jobs();
        if (jobs.isEmpty()) {
            return "No jobs yet";
        }
        String byState = jobs.stream()
                .collect(Collectors.groupingBy(job -> job.state().state(), TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        return jobs.size() + (jobs.size() == 1 ? " job: " : " jobs: ") + byState;
    }
}
