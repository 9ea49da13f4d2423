package org.unweave.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.unweave.eval.report.ResultRow.Kind;

/** Sets the result table in a fixed-width font. */
final class ResultText {
    private static final int COLUMNS = 100;
    private static final int LONGEST_NAME = 36;
    private static final String GAP = "  ";
    private static final String DATASETS = "top-5 by dataset";
    private static final String SCORES = "by intervention";

    private record Column(String upper, String lower, int width, Function<ResultRow, String> cell) {}

    private static final List<Column> METRICS = List.of(
            new Column("", "step", 9, row -> row.step() < 0 ? Numbers.MISSING : Numbers.whole(row.step())),
            new Column("", "L0", 6, row -> Numbers.fixed(row.l0(), 1)),
            new Column("var.", "expl.", 6, row -> Numbers.fixed(row.varianceExplained(), 3)),
            new Column("CE", "recov.", 6, row -> Numbers.fixed(row.crossEntropyRecovered(), 3)),
            new Column("", "alive", 6, row -> Numbers.percent(row.alive())),
            new Column("", "top-1", 5, row -> Numbers.fixed(row.accuracy(1), 3)),
            new Column("", "top-2", 5, row -> Numbers.fixed(row.accuracy(2), 3)),
            new Column("", "top-5", 5, row -> Numbers.fixed(row.accuracy(5), 3)));

    private final ResultTable table;
    private final StringBuilder text = new StringBuilder();
    private final int nameWidth;

    private ResultText(ResultTable table) {
        this.table = table;
        int longest =
                table.rows().stream().mapToInt(row -> name(row).length()).max().orElse(0);
        nameWidth = Math.clamp(longest, DATASETS.length(), LONGEST_NAME);
    }

    static String of(ResultTable table) {
        return new ResultText(table).set();
    }

    private String set() {
        line("Results of " + table.run());
        line("");
        if (!table.rows().isEmpty()) {
            results();
        }
        table.footnotes().forEach(note -> wrapped("", note));
        blocks(DATASETS, table.datasets(), ResultRow::datasets);
        blocks(SCORES, table.scores(), ResultRow::scores);
        if (!table.scores().isEmpty()) {
            wrapped("", ResultTable.SCORES_NOTE);
        }
        return text.toString();
    }

    private void results() {
        line(pad("", nameWidth) + cells(METRICS, Column::upper));
        line(pad("SAE", nameWidth) + cells(METRICS, Column::lower));
        rule(nameWidth
                + METRICS.stream()
                        .mapToInt(column -> GAP.length() + column.width())
                        .sum());
        for (ResultRow row : table.rows()) {
            if (!row.evaluated() && !row.failure().isEmpty()) {
                wrapped(named(row) + GAP, row.failure());
                continue;
            }
            line(named(row) + cells(METRICS, column -> column.cell().apply(row)));
            if (!row.failure().isEmpty()) {
                wrapped(GAP, row.failure());
            }
        }
        line("");
        wrapped(
                "",
                "var. expl.: share of the activations' variance that the SAE reconstructs. CE recov.: share of the "
                        + "cross-entropy lost by zeroing the layer that the SAE brings back. alive: features that fired.");
        if (table.has(Kind.MODEL)) {
            wrapped(
                    "",
                    "top-k: accuracy of probes on the k best latents, mean over the datasets; the model's row uses the "
                            + "k best coordinates of the residual stream instead.");
        }
    }

    /** Blocks of as many columns as a line takes. */
    private void blocks(String title, List<String> names, Function<ResultRow, Map<String, Double>> numbers) {
        List<String> block = new ArrayList<>();
        int width = nameWidth;
        for (String name : names) {
            int needed = GAP.length() + numberWidth(name);
            if (!block.isEmpty() && width + needed > COLUMNS) {
                block(title, block, numbers);
                block.clear();
                width = nameWidth;
            }
            block.add(name);
            width += needed;
        }
        if (!block.isEmpty()) {
            block(title, block, numbers);
        }
    }

    private void block(String title, List<String> names, Function<ResultRow, Map<String, Double>> numbers) {
        List<Column> columns = names.stream()
                .map(name -> new Column(
                        "",
                        name,
                        numberWidth(name),
                        row -> Numbers.fixed(numbers.apply(row).getOrDefault(name, Double.NaN), 3)))
                .toList();
        line("");
        line(pad(title, nameWidth) + cells(columns, Column::lower));
        rule(nameWidth
                + columns.stream()
                        .mapToInt(column -> GAP.length() + column.width())
                        .sum());
        table.rows().stream()
                .filter(row -> !numbers.apply(row).isEmpty())
                .forEach(row ->
                        line(named(row) + cells(columns, column -> column.cell().apply(row))));
    }

    private static int numberWidth(String name) {
        return Math.max(5, name.length());
    }

    private static String name(ResultRow row) {
        return row.offTarget() ? row.name() + " *" : row.name();
    }

    /** A longer name keeps both its ends: the variant and what differs. */
    private String named(ResultRow row) {
        String name = name(row);
        if (name.length() <= nameWidth) {
            return pad(name, nameWidth);
        }
        int tail = nameWidth / 2;
        return name.substring(0, nameWidth - tail - 1) + "~" + name.substring(name.length() - tail);
    }

    private static String cells(List<Column> columns, Function<Column, String> cell) {
        StringBuilder line = new StringBuilder();
        for (Column column : columns) {
            String value = cell.apply(column);
            line.append(GAP)
                    .repeat(" ", Math.max(0, column.width() - value.length()))
                    .append(value);
        }
        return line.toString();
    }

    private static String pad(String value, int width) {
        return value + " ".repeat(Math.max(0, width - value.length()));
    }

    private void rule(int width) {
        line("-".repeat(Math.min(COLUMNS, width)));
    }

    /** Breaks a sentence at spaces; further lines stand under its first word. */
    private void wrapped(String start, String sentence) {
        StringBuilder line = new StringBuilder(start);
        boolean fresh = true;
        for (String word : sentence.split("\\s+")) {
            if (!fresh && line.length() + 1 + word.length() > COLUMNS) {
                line(line.toString());
                line.setLength(0);
                line.repeat(" ", start.length());
                fresh = true;
            }
            line.append(fresh ? "" : " ").append(word);
            fresh = false;
        }
        line(line.toString());
    }

    private void line(String line) {
        text.append(line.stripTrailing()).append('\n');
    }
}
