package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;

/** One feature of a study in HTML. */
final class FeatureHtml {
    private static final int LEVELS = 10;
    private static final int CHART_WIDTH = 360;
    private static final int CHART_HEIGHT = 96;

    private final JsonNode feature;
    private final Set<String> shown;
    private final double largest;
    private final StringBuilder html = new StringBuilder();

    /** @param shown the numbers of the features that the page has */
    FeatureHtml(JsonNode feature, Set<String> shown) {
        this.feature = feature;
        this.shown = shown;
        this.largest = JsonFields.number(feature, "maxActApprox");
    }

    String html() {
        String index = Html.escape(JsonFields.text(feature, "index"));
        html.append("<section class=\"feature\" id=\"f")
                .append(index)
                .append("\">\n<h3>Feature ")
                .append(index)
                .append("</h3>\n<p class=\"facts\">")
                .append(Html.escape(facts()))
                .append("</p>\n");
        html.append("<div class=\"panels\">\n");
        histogram();
        effects("Tokens for", "pos");
        effects("Tokens against", "neg");
        neighbours();
        html.append("</div>\n");
        examples();
        return html.append("</section>\n").toString();
    }

    private String facts() {
        double attribution = JsonFields.number(feature, "attribution");
        return "Active at " + rate(JsonFields.number(feature, "frac_nonzero")) + " of positions ("
                + Numbers.whole(JsonFields.whole(feature, "active_positions", 0)) + ", in "
                + Numbers.whole(JsonFields.whole(feature, "active_sequences", 0)) + " sequences), largest value "
                + Numbers.significant(largest) + ", mean where active "
                + Numbers.significant(JsonFields.number(feature, "mean_active")) + "."
                + (Double.isFinite(attribution) ? " Attribution " + rate(attribution) + "." : "");
    }

    private static String rate(double share) {
        return share > 0 && share < 0.0005 ? String.format(Locale.ROOT, "%.3f%%", 100 * share) : Numbers.percent(share);
    }

    /** Bars of the shares of active positions by value. */
    private void histogram() {
        double[] heights = JsonFields.array(feature, "freq_hist_data_bar_heights");
        double most = 0;
        for (double height : heights) {
            most = Double.isFinite(height) ? Math.max(most, height) : most;
        }
        html.append("<figure class=\"panel\">\n<figcaption>Values where active</figcaption>\n");
        if (most <= 0) {
            html.append(Html.note("Not active on this text.")).append("</figure>\n");
            return;
        }
        html.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Histogram of values from 0 to %s\">",
                CHART_WIDTH,
                CHART_HEIGHT + 18,
                Html.escape(Numbers.significant(largest))));
        double width = (double) CHART_WIDTH / heights.length;
        for (int i = 0; i < heights.length; i++) {
            if (heights[i] > 0) {
                double height = Math.max(1, CHART_HEIGHT * heights[i] / most);
                html.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                        i * width,
                        CHART_HEIGHT - height,
                        Math.max(0.5, width - 1),
                        height));
            }
        }
        html.append(String.format(
                Locale.ROOT,
                "<line x1=\"0\" y1=\"%1$d\" x2=\"%2$d\" y2=\"%1$d\"/><text x=\"0\" y=\"%3$d\">0</text>"
                        + "<text x=\"%2$d\" y=\"%3$d\" text-anchor=\"end\">%4$s</text></svg>\n</figure>\n",
                CHART_HEIGHT,
                CHART_WIDTH,
                CHART_HEIGHT + 15,
                Html.escape(Numbers.significant(largest))));
    }

    private void effects(String title, String side) {
        JsonNode texts = feature.path(side + "_str");
        double[] values = JsonFields.array(feature, side + "_values");
        html.append("<div class=\"panel\">\n<h4>").append(title).append("</h4>\n<table class=\"effects\"><tbody>\n");
        for (int i = 0; i < texts.size(); i++) {
            html.append("<tr><td><code>")
                    .append(Html.escape(visible(texts.path(i).asText())))
                    .append("</code></td><td class=\"number\">")
                    .append(Numbers.fixed(i < values.length ? values[i] : Double.NaN, 2))
                    .append("</td></tr>\n");
        }
        html.append("</tbody></table>\n</div>\n");
    }

    private void neighbours() {
        double[] indices = JsonFields.array(feature, "topkCosSimIndices");
        double[] cosines = JsonFields.array(feature, "topkCosSimValues");
        html.append("<div class=\"panel\">\n<h4>Nearest features</h4>\n<table class=\"effects\"><tbody>\n");
        for (int i = 0; i < indices.length; i++) {
            String index = Long.toString((long) indices[i]);
            html.append("<tr><td>")
                    .append(shown.contains(index) ? "<a href=\"#f" + index + "\">" + index + "</a>" : index)
                    .append("</td><td class=\"number\">")
                    .append(Numbers.fixed(i < cosines.length ? cosines[i] : Double.NaN, 3))
                    .append("</td></tr>\n");
        }
        html.append("</tbody></table>\n</div>\n");
    }

    private void examples() {
        for (JsonNode example : feature.path("activations")) {
            html.append("<p class=\"example\"><span class=\"value\">")
                    .append(Html.escape(Numbers.significant(JsonFields.number(example, "maxValue"))))
                    .append("</span> <span class=\"text\">");
            long offset = JsonFields.whole(example, "dataOffset", 0);
            html.append(offset > 0 ? "\u2026" : "");
            tokens(example);
            JsonNode tokens = example.path("tokens");
            html.append(offset + tokens.size() < JsonFields.whole(example, "dataTokens", 0) ? "\u2026" : "");
            html.append("</span></p>\n");
        }
    }

    private void tokens(JsonNode example) {
        JsonNode tokens = example.path("tokens");
        double[] values = JsonFields.array(example, "values");
        long peak = JsonFields.whole(example, "maxValueTokenIndex", -1);
        for (int i = 0; i < tokens.size(); i++) {
            String text = Html.escape(visible(tokens.path(i).asText()));
            double value = i < values.length ? values[i] : 0;
            if (value > 0) {
                html.append("<mark class=\"t")
                        .append(level(value))
                        .append(i == peak ? " peak" : "")
                        .append("\" title=\"")
                        .append(Html.escape(Numbers.significant(value)))
                        .append("\">")
                        .append(text)
                        .append("</mark>");
            } else {
                html.append(text);
            }
        }
    }

    /** 1 for the faintest, 10 for the feature's largest value. */
    private int level(double value) {
        return (int) Math.clamp((long) Math.ceil(LEVELS * value / largest), 1, LEVELS);
    }

    /** What would not be seen, as a sign of its own. */
    private static String visible(String token) {
        return token.replace("\r", "").replace("\n", "\u21B5").replace("\t", "\u21E5");
    }
}
