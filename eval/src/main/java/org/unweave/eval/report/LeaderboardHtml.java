package org.unweave.eval.report;

import org.unweave.eval.report.Leaderboard.Entry;
import org.unweave.eval.report.Leaderboard.Standing;
import org.unweave.eval.report.Score.Spread;

/** Sets the leaderboard in HTML. */
final class LeaderboardHtml {
    private LeaderboardHtml() {}

    static String of(Leaderboard board) {
        if (board.isEmpty()) {
            return Html.note("No job was judged at its end yet.");
        }
        String caption =
                "Each variant as the mean over its seeds, the least and the greatest below it. Only what was judged at"
                        + " a job's end counts. Rank: mean of the places by CE recovered, top-5 probing, SCR 20, TPP 20 and"
                        + " unlearning, as far as all have them. Where the ranges of two overlap, their order may be chance.";
        StringBuilder html = new StringBuilder(HtmlTable.open("results", caption))
                .append("<th scope=\"col\">Variant</th><th scope=\"col\" class=\"number\">Rank</th>")
                .append("<th scope=\"col\" class=\"number\">Seeds</th>");
        for (Measure measure : board.measures()) {
            html.append("<th scope=\"col\" class=\"number\">")
                    .append(Html.escape(measure.label()))
                    .append("</th>");
        }
        html.append("</tr></thead>\n<tbody>\n");
        board.entries().forEach(entry -> row(board, entry, html));
        html.append(HtmlTable.CLOSE);
        board.notes().forEach(note -> html.append(Html.note(note)));
        return html.toString();
    }

    private static void row(Leaderboard board, Entry entry, StringBuilder html) {
        html.append("<tr")
                .append(entry.standing() == Standing.CONTROL ? " class=\"baseline\"" : "")
                .append("><th scope=\"row\">")
                .append(Html.escape(entry.name()))
                .append(
                        entry.standing() == Standing.OFF_TARGET
                                ? " <abbr title=\"L0 off target, not ranked\">*</abbr>"
                                : "")
                .append("</th><td class=\"number\">")
                .append(rank(entry))
                .append("</td><td class=\"number\">")
                .append(seeds(entry))
                .append("</td>");
        for (Measure measure : board.measures()) {
            Spread spread = entry.score(measure);
            String mean = measure.format(spread.mean());
            html.append("<td class=\"number\">")
                    .append(board.best(entry, measure) ? "<strong>" + mean + "</strong>" : mean);
            String least = measure.format(spread.least());
            String most = measure.format(spread.most());
            if (spread.known() && !least.equals(most)) {
                html.append("<div class=\"spread\">")
                        .append(least)
                        .append("\u2013")
                        .append(most)
                        .append("</div>");
            }
            html.append("</td>");
        }
        html.append("</tr>\n");
    }

    private static String rank(Entry entry) {
        return switch (entry.standing()) {
            case RANKED -> Numbers.fixed(entry.rank(), 1);
            case OFF_TARGET -> "off L0";
            case UNFINISHED -> "not yet";
            case CONTROL -> "control";
        };
    }

    private static String seeds(Entry entry) {
        return entry.jobs().size() == entry.all()
                ? Integer.toString(entry.all())
                : entry.jobs().size() + " of " + entry.all();
    }
}
