package org.unweave.eval.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.unweave.eval.report.Comparison.Block;
import org.unweave.eval.report.Comparison.Line;
import org.unweave.eval.report.Comparison.Side;
import org.unweave.eval.report.ConfigComparison.Key;
import org.unweave.eval.report.Score.Spread;

/** The page of a comparison: one HTML file that needs nothing beside it, and its picture by itself. */
public final class ComparisonPage {
    private static final String PAGE = "compare.html";
    private static final String PLOT = "curves.png";

    private final Comparison comparison;
    private final StringBuilder html = new StringBuilder(1 << 16);

    private ComparisonPage(Comparison comparison) {
        this.comparison = comparison;
    }

    /**
     * Writes {@code compare.html} and {@code curves.png} into a folder, over those of before.
     *
     * @return the page's file
     * @throws RunFolderException if the folder cannot be written
     */
    public static Path write(Comparison comparison, Path folder) {
        Path file = folder.resolve(PAGE);
        Path temporary = folder.resolve(PAGE + ".tmp");
        try {
            Files.createDirectories(folder);
            Optional<Path> plot = Plots.write(folder, PLOT, () -> new ComparisonPlot(comparison).draw());
            Files.writeString(temporary, new ComparisonPage(comparison).html(plot));
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new RunFolderException("cannot write " + file + ": " + failure, failure);
        }
        return file;
    }

    private String html(Optional<Path> plot) throws IOException {
        String title = String.join(
                " and ", comparison.sides().stream().map(Side::label).toList());
        html.append(Html.head(title + " - Unweave comparison", ReportStyle.CSS))
                .append("<header>\n<p class=\"kind\">Unweave comparison</p>\n<h1>")
                .append(Html.escape(title))
                .append(
                        "</h1>\n</header>\n<nav aria-label=\"Sections\"><ul><li><a href=\"#config\">Configuration</a></li>")
                .append(
                        "<li><a href=\"#curves\">Curves</a></li><li><a href=\"#results\">Results</a></li></ul></nav>\n<main>\n");
        configuration();
        html.append("<h2 id=\"curves\">Curves</h2>\n");
        if (plot.isPresent()) {
            html.append("<figure>\n<img alt=\"Training curves of all sides over one another\" width=\"")
                    .append(Figure.WIDTH)
                    .append("\" height=\"")
                    .append(Figure.HEIGHT)
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(Files.readAllBytes(plot.get())))
                    .append("\">\n</figure>\n");
        } else {
            html.append(Html.note("There are no curves to draw."));
        }
        html.append("<h2 id=\"results\">Results</h2>\n");
        List<Block> seeds = comparison.seeds();
        if (!seeds.isEmpty()) {
            html.append("<h3>Means over seeds</h3>\n")
                    .append(Html.note(
                            "The least and the greatest stand below a mean. A difference in grey is within these"
                                    + " ranges: it may be chance."));
            seeds.forEach(this::block);
            html.append("<h3>By job</h3>\n");
        }
        comparison.jobs().forEach(this::block);
        if (!comparison.problems().isEmpty()) {
            html.append("<h2>What could not be used</h2>\n<ul>\n");
            comparison
                    .problems()
                    .forEach(problem ->
                            html.append("<li>").append(Html.escape(problem)).append("</li>\n"));
            html.append("</ul>\n");
        }
        return html.append("</main>\n<footer></footer>\n</body>\n</html>\n").toString();
    }

    private void configuration() {
        ConfigComparison config = comparison.config();
        html.append("<h2 id=\"config\">Configuration</h2>\n");
        if (config.isEmpty()) {
            html.append(Html.note("No key of the configurations differs."));
        } else {
            html.append(HtmlTable.open("keys", "The keys that differ; all others are the same."))
                    .append(HtmlTable.head("Of"))
                    .append(HtmlTable.head("Key"));
            comparison.sides().forEach(side -> html.append(HtmlTable.head(side.label())));
            html.append("</tr></thead>\n<tbody>\n");
            keys("the run", config.run());
            keys("all jobs", config.allJobs());
            config.jobs().forEach(this::keys);
            html.append(HtmlTable.CLOSE);
        }
        config.missing().forEach(sentence -> html.append(Html.note(sentence)));
    }

    private void keys(String of, List<Key> keys) {
        for (Key key : keys) {
            html.append("<tr>").append(HtmlTable.rowHead(of)).append(HtmlTable.text(key.key()));
            key.values().forEach(value -> html.append(HtmlTable.text(value)));
            html.append("</tr>\n");
        }
    }

    private void block(Block block) {
        List<Side> sides = comparison.sides();
        html.append(HtmlTable.open("results", block.name())).append(HtmlTable.head(""));
        for (int side = 0; side < sides.size(); side++) {
            int count = block.counts().get(side);
            html.append(HtmlTable.numberHead(sides.get(side).label() + (count > 1 ? ", " + count + " seeds" : "")));
        }
        for (Side side : sides.subList(1, sides.size())) {
            html.append(HtmlTable.numberHead(
                    sides.size() == 2
                            ? "Difference"
                            : side.label() + " - " + sides.getFirst().label()));
        }
        html.append("</tr></thead>\n<tbody>\n");
        for (Line line : block.lines()) {
            html.append("<tr>").append(HtmlTable.rowHead(line.name()));
            for (int side = 0; side < sides.size(); side++) {
                value(line, side, block.counts().get(side));
            }
            for (int side = 1; side < sides.size(); side++) {
                boolean chance = block.counts().stream().anyMatch(count -> count > 1) && line.overlaps(side);
                html.append("<td class=\"number")
                        .append(chance ? " chance" : "")
                        .append("\">")
                        .append(Numbers.signed(line.difference(side), line.decimals()))
                        .append("</td>");
            }
            html.append("</tr>\n");
        }
        html.append(HtmlTable.CLOSE);
    }

    private void value(Line line, int side, int count) {
        Spread spread = line.values().get(side);
        html.append("<td class=\"number\">").append(Numbers.fixed(spread.mean(), line.decimals()));
        if (count > 1 && spread.known()) {
            html.append("<div class=\"spread\">")
                    .append(Numbers.fixed(spread.least(), line.decimals()))
                    .append("\u2013")
                    .append(Numbers.fixed(spread.most(), line.decimals()))
                    .append("</div>");
        }
        html.append("</td>");
    }
}
