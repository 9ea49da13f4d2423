package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The page about single features of a checkpoint: one HTML file that needs nothing beside it, made of the study's JSON. It
 * runs no script and fetches nothing, whatever the texts in it may hold.
 */
public final class FeaturePage {
    /** The page's name, beside the study. */
    static final String PAGE = "index.html";

    private static final Map<String, String> REASONS = Map.of(
            "attributed", "Tell most of the spurious label",
            "active", "Active most often",
            "random", "Drawn from the rest");

    private final JsonNode study;
    private final StringBuilder html = new StringBuilder(1 << 18);

    private FeaturePage(JsonNode study) {
        this.study = study;
    }

    /**
     * Writes {@code index.html} beside the study.
     *
     * @return the page's file
     * @throws RunFolderException if the study is damaged or the page cannot be written
     */
    public static Path write(Path studyFile) {
        JsonNode study;
        try {
            study = JsonFields.MAPPER.readTree(studyFile.toFile());
        } catch (IOException failure) {
            throw new RunFolderException(
                    studyFile + " cannot be read: " + failure.getMessage() + "; make it again by bin/unweave features",
                    failure);
        }
        if (!study.path("features").isArray()) {
            throw new RunFolderException(studyFile + " is no study of features; make it again by bin/unweave features");
        }
        Path page = studyFile.resolveSibling(PAGE);
        Path temporary = studyFile.resolveSibling(PAGE + ".tmp");
        try {
            Files.writeString(temporary, new FeaturePage(study).html());
            Files.move(temporary, page, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new RunFolderException("cannot write " + page + ": " + failure, failure);
        }
        return page;
    }

    private String html() {
        String job = text("job");
        html.append(Html.head("Features of " + job, FeatureStyle.CSS))
                .append("<header>\n<p class=\"kind\">Unweave features</p>\n<h1>")
                .append(Html.escape(job))
                .append("</h1>\n<p class=\"states\">")
                .append(Html.escape(summary()))
                .append("</p>\n</header>\n");
        Map<String, List<JsonNode>> groups = groups();
        navigation(groups);
        html.append("<main>\n").append(Html.note(readingNote()));
        Set<String> shown = new LinkedHashSet<>();
        study.path("features").forEach(feature -> shown.add(JsonFields.text(feature, "index")));
        groups.forEach((reason, features) -> {
            html.append("<h2 id=\"")
                    .append(Html.escape(reason))
                    .append("\">")
                    .append(Html.escape(title(reason)))
                    .append("</h2>\n");
            features.forEach(feature -> html.append(new FeatureHtml(feature, shown).html()));
        });
        if (groups.isEmpty()) {
            html.append(Html.note("No feature was active on the text."));
        }
        return html.append("</main>\n<footer></footer>\n</body>\n</html>\n").toString();
    }

    private String summary() {
        return "Run " + text("run") + ", " + text("variant") + " at step "
                + Numbers.whole(JsonFields.whole(study, "step", -1)) + " (" + text("architecture") + "). "
                + Numbers.whole(JsonFields.whole(study, "rows", 0)) + " positions in "
                + Numbers.whole(JsonFields.whole(study, "sequences", 0)) + " sequences of " + text("dataset") + ", "
                + text("modelId") + " " + text("hook_name") + ". "
                + Numbers.whole(JsonFields.whole(study, "alive", 0)) + " of "
                + Numbers.whole(JsonFields.whole(study, "d_sae", 0)) + " features were active there.";
    }

    private String readingNote() {
        JsonNode attribution = study.path("attribution");
        return "Tokens are coloured by the feature's value, full colour being its largest on this text; the number before an"
                + " excerpt is the largest in it. Tokens for and against: the decoder row through the final norm and the"
                + " unembedding, less the mean over the vocabulary. That leaves out the blocks behind the hook, and the"
                + " rest of the residual stream, by whose length the norm divides: the order says something, the size"
                + " little. Neighbours: cosine of the decoder rows."
                + (attribution.isObject()
                        ? " Attribution: the share of what all features tell of the label, found at step "
                                + Numbers.whole(JsonFields.whole(attribution, "step", -1))
                                + " by a probe of accuracy "
                                + Numbers.fixed(JsonFields.number(attribution, "probe_accuracy"), 2) + "."
                        : "");
    }

    private Map<String, List<JsonNode>> groups() {
        Map<String, List<JsonNode>> groups = new LinkedHashMap<>();
        study.path("features")
                .forEach(feature -> groups.computeIfAbsent(
                                JsonFields.text(feature, "reason"), reason -> new ArrayList<>())
                        .add(feature));
        return groups;
    }

    private void navigation(Map<String, List<JsonNode>> groups) {
        html.append("<nav aria-label=\"Features\">\n");
        groups.forEach((reason, features) -> {
            html.append("<p class=\"chips\"><a class=\"group\" href=\"#")
                    .append(Html.escape(reason))
                    .append("\">")
                    .append(Html.escape(title(reason)))
                    .append("</a>");
            for (JsonNode feature : features) {
                String index = Html.escape(JsonFields.text(feature, "index"));
                html.append(" <a href=\"#f")
                        .append(index)
                        .append("\">")
                        .append(index)
                        .append("</a>");
            }
            html.append("</p>\n");
        });
        html.append("</nav>\n");
    }

    private static String title(String reason) {
        return REASONS.getOrDefault(reason, reason);
    }

    private String text(String field) {
        return JsonFields.text(study, field);
    }
}
