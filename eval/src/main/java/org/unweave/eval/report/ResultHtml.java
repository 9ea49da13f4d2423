package org.unweave.eval.report;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.unweave.eval.report.ResultRow.Kind;

/** Sets the result table in HTML. */
final class ResultHtml {
    /** @param comparable whether the larger value is the better one */
    private record Column(
            String head, boolean comparable, ToDoubleFunction<ResultRow> value, DoubleFunction<String> format) {}

    private static final List<Column> METRICS = List.of(
            new Column("Step", false, row -> row.step() < 0 ? Double.NaN : row.step(), Numbers::significant),
            new Column("L0", false, ResultRow::l0, value -> Numbers.fixed(value, 1)),
            new Column("Variance explained", true, ResultRow::varianceExplained, value -> Numbers.fixed(value, 3)),
            new Column("CE recovered", true, ResultRow::crossEntropyRecovered, value -> Numbers.fixed(value, 3)),
            new Column("Alive", true, ResultRow::alive, Numbers::percent),
            accuracy(1),
            accuracy(2),
            accuracy(5));

    private ResultHtml() {}

    static String results(ResultTable table) {
        String caption = table.has(Kind.MODEL)
                ? "Each SAE at its newest evaluated step. Top-k: accuracy of probes on the k best latents, mean over the "
                        + "datasets; the model's row uses the k best coordinates of its residual stream instead."
                : "Each SAE at its newest evaluated step.";
        return table(table, METRICS, caption, row -> true) + footnotes(table);
    }

    static String datasets(ResultTable table) {
        return numbers(
                table,
                table.datasets(),
                ResultRow::datasets,
                "Accuracy of probes on the five best latents, by dataset.");
    }

    static String scores(ResultTable table) {
        return numbers(table, table.scores(), ResultRow::scores, ResultTable.SCORES_NOTE);
    }

    private static String numbers(
            ResultTable table, List<String> names, Function<ResultRow, Map<String, Double>> numbers, String caption) {
        List<Column> columns = names.stream()
                .map(name -> new Column(
                        name,
                        true,
                        row -> numbers.apply(row).getOrDefault(name, Double.NaN),
                        value -> Numbers.fixed(value, 3)))
                .toList();
        return columns.isEmpty()
                ? ""
                : table(table, columns, caption, row -> !numbers.apply(row).isEmpty());
    }

    private static Column accuracy(int latents) {
        return new Column("Top-" + latents, true, row -> row.accuracy(latents), value -> Numbers.fixed(value, 3));
    }

    private static String table(ResultTable table, List<Column> columns, String caption, Predicate<ResultRow> shown) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .append(Html.escape(caption))
                .append("\">\n<table class=\"results\">\n<caption>")
                .append(Html.escape(caption))
                .append("</caption>\n<thead><tr><th scope=\"col\">SAE</th>");
        for (Column column : columns) {
            html.append("<th scope=\"col\" class=\"number\">")
                    .append(Html.escape(column.head()))
                    .append("</th>");
        }
        html.append("</tr></thead>\n<tbody>\n");
        for (ResultRow row : table.rows()) {
            if (shown.test(row)) {
                html.append(row(table, columns, row));
            }
        }
        return html.append("</tbody>\n</table>\n</div>\n").toString();
    }

    private static String row(ResultTable table, List<Column> columns, ResultRow row) {
        StringBuilder html = new StringBuilder("<tr")
                .append(row.kind() == Kind.JOB ? "" : " class=\"baseline\"")
                .append("><th scope=\"row\">")
                .append(Html.escape(row.name()))
                .append(row.offTarget() ? " <abbr title=\"L0 off target, not ranked\">*</abbr>" : "");
        boolean failedUnevaluated = !row.evaluated() && !row.failure().isEmpty();
        if (!row.failure().isEmpty() && !failedUnevaluated) {
            html.append("<div class=\"failure\">")
                    .append(Html.escape(row.failure()))
                    .append("</div>");
        }
        html.append("</th>");
        if (failedUnevaluated) {
            html.append("<td class=\"failure\" colspan=\"")
                    .append(columns.size())
                    .append("\">");
            return html.append(Html.escape(row.failure()))
                    .append("</td></tr>\n")
                    .toString();
        }
        for (Column column : columns) {
            double value = column.value().applyAsDouble(row);
            OptionalDouble best = column.comparable() ? table.best(column.value()) : OptionalDouble.empty();
            String text = Html.escape(column.format().apply(value));
            boolean strong = row.ranked() && best.isPresent() && best.getAsDouble() == value;
            html.append("<td class=\"number\">")
                    .append(strong ? "<strong>" + text + "</strong>" : text)
                    .append("</td>");
        }
        return html.append("</tr>\n").toString();
    }

    private static String footnotes(ResultTable table) {
        StringBuilder html = new StringBuilder();
        for (String note : table.footnotes()) {
            html.append("<p class=\"note\">").append(Html.escape(note)).append("</p>\n");
        }
        return html.toString();
    }
}
