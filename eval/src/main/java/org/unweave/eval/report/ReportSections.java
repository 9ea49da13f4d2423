package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.unweave.eval.report.MetricsLine.Split;

/** The report's sections below the results: what was run, on how much, from what, and what to keep in mind. */
final class ReportSections {
    /** Counts of rows that an evaluation or a harvest left out, whatever the writer calls them. */
    private static final Pattern LEFT_OUT =
            Pattern.compile("(^|_)(excluded|outliers?|skipped|dropped|masked)(_|$)", Pattern.CASE_INSENSITIVE);

    private final RunFiles run;

    ReportSections(RunFiles run) {
        this.run = run;
    }

    String jobs() {
        if (run.jobs().isEmpty()) {
            return note("No job has written anything yet.");
        }
        StringBuilder html = open(
                "State of each job, and its newest metrics on held-out rows.",
                List.of("Job", "Variant", "State"),
                List.of(
                        "Steps",
                        "Rows/s",
                        "Time",
                        "Restarts",
                        "Held-out L0",
                        "Target L0",
                        "Held-out variance explained"));
        for (JobFiles job : run.jobs()) {
            JobState state = job.state();
            MetricsLine heldOut = job.newest(Split.HELD_OUT);
            html.append("<tr><th scope=\"row\">")
                    .append(Html.escape(job.name()))
                    .append("</th>");
            text(html, state.variant().isEmpty() ? Numbers.MISSING : state.variant());
            html.append("<td>").append(Html.escape(state.state()));
            if (!state.reason().isBlank()) {
                html.append("<div class=\"failure\">")
                        .append(Html.escape(state.reason()))
                        .append("</div>");
            }
            html.append("</td>");
            number(html, steps(state));
            number(html, Numbers.fixed(state.rowsPerSecond(), 0));
            number(html, Numbers.duration(state.seconds()));
            number(html, state.restarts() < 0 ? Numbers.MISSING : Numbers.whole(state.restarts()));
            number(html, heldOut == null ? Numbers.MISSING : Numbers.fixed(heldOut.l0(), 1));
            number(html, Numbers.significant(state.targetL0()));
            number(html, heldOut == null ? Numbers.MISSING : Numbers.fixed(heldOut.varianceExplained(), 3));
            html.append("</tr>\n");
        }
        return close(html) + terms();
    }

    /** Where the pages about single features are. */
    String features() {
        StringBuilder html = new StringBuilder();
        for (JobFiles job : run.jobs()) {
            Path page = run.folder().resolve("features").resolve(job.name()).resolve(FeaturePage.PAGE);
            if (Files.isRegularFile(page)) {
                String link = "features/"
                        + URLEncoder.encode(job.name(), StandardCharsets.UTF_8).replace("+", "%20") + "/"
                        + FeaturePage.PAGE;
                html.append("<li><a href=\"")
                        .append(Html.escape(link))
                        .append("\">")
                        .append(Html.escape(job.name()))
                        .append("</a></li>\n");
            }
        }
        return html.isEmpty()
                ? note("No page about single features is there; bin/unweave features " + run.name() + "/JOB makes one.")
                : "<p>Pages about single features of these jobs, in the run's folder:</p>\n<ul>\n" + html + "</ul>\n";
    }

    /** What the newest training loss of each job is made of. */
    private String terms() {
        StringBuilder html = open(
                "Terms of the newest training loss, and each one's share of the gradient where it was measured.",
                List.of("Job", "Term"),
                List.of("Value", "Share of gradient"));
        int rows = 0;
        for (JobFiles job : run.jobs()) {
            MetricsLine line = job.newest(Split.TRAIN);
            if (line == null) {
                continue;
            }
            for (Map.Entry<String, Double> term : line.terms().entrySet()) {
                html.append("<tr><th scope=\"row\">")
                        .append(Html.escape(job.name()))
                        .append("</th>");
                text(html, term.getKey());
                number(html, Numbers.significant(term.getValue()));
                number(html, Numbers.percent(line.termGradientShare().getOrDefault(term.getKey(), Double.NaN)));
                html.append("</tr>\n");
                rows++;
            }
        }
        return rows == 0 ? "" : "<h3>Loss terms</h3>\n" + close(html);
    }

    String sizes() {
        StringBuilder html = new StringBuilder();
        for (String evaluation : kinds()) {
            html.append("<h3>").append(Html.escape(evaluation)).append("</h3>\n");
            Set<JsonNode> configurations = run.evaluations().stream()
                    .filter(result -> result.evaluation().equals(evaluation))
                    .map(result -> result.document().path("eval_config"))
                    .filter(JsonNode::isObject)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            if (configurations.size() > 1) {
                html.append(note("The results were not all made with the same sizes; each set stands below."));
            }
            configurations.forEach(
                    configuration -> html.append(pairs("Sizes and settings (eval_config).", fields(configuration))));
            html.append(counts(evaluation));
        }
        return html.isEmpty() ? note("No evaluation is there yet.") : html.toString();
    }

    private String counts(String evaluation) {
        Map<String, Map<String, Double>> bySae = new LinkedHashMap<>();
        for (Evaluation result : run.newest(evaluation)) {
            JsonNode metrics = result.document().path("eval_result_metrics");
            Map<String, Double> counts = new LinkedHashMap<>(JsonFields.numbers(metrics, "token_stats"));
            for (String part : List.of("eval_config", "eval_result_metrics", "eval_result_unstructured")) {
                leftOut(result.document().path(part), counts);
            }
            if (!counts.isEmpty()) {
                bySae.put(result.sae(), counts);
            }
        }
        Set<String> names = new LinkedHashSet<>();
        bySae.values().forEach(counts -> names.addAll(counts.keySet()));
        if (names.isEmpty()) {
            return "";
        }
        StringBuilder html = open(
                "Tokens that were used and left out, newest result of each SAE.", List.of("SAE"), List.copyOf(names));
        bySae.forEach((sae, counts) -> {
            html.append("<tr><th scope=\"row\">").append(Html.escape(sae)).append("</th>");
            names.forEach(name -> number(html, Numbers.significant(counts.getOrDefault(name, Double.NaN))));
            html.append("</tr>\n");
        });
        return close(html);
    }

    private static void leftOut(JsonNode node, Map<String, Double> counts) {
        node.properties().forEach(field -> {
            if (field.getValue().isNumber() && LEFT_OUT.matcher(field.getKey()).find()) {
                counts.put(field.getKey(), field.getValue().doubleValue());
            } else if (field.getValue().isObject()) {
                leftOut(field.getValue(), counts);
            }
        });
    }

    String limits(List<String> missingPlots) {
        StringBuilder html = new StringBuilder("<ul>\n");
        item(
                html,
                "Where the language model was read from quantized weights (the bundle's SmolLM2 has 4-bit ones), its"
                        + " activations, and every number here, are those of the quantized model.");
        item(
                html,
                "The bundle's sets are cuts of public data sets under names of their own: a result on bundle/ag-news does"
                        + " not compare with one on the whole of AG News.");
        item(
                html,
                "Several of the data sets have terms of their own (AG News, Amazon and Yelp reviews among them). They are"
                        + " fetched for use on this machine; do not republish the texts.");
        item(
                html,
                "Probing accuracy is measured on small test sets, one seed a job unless the jobs' names say otherwise:"
                        + " differences of a few hundredths between SAEs may be chance.");
        item(
                html,
                "An accuracy of exactly 0.5 is chance on balanced classes: as a rule none of the chosen latents fired on"
                        + " the test texts.");
        item(html, "Rows a second and times are those of the machine that trained, with whatever else it was doing.");
        missingPlots.forEach(sentence -> item(html, sentence));
        run.problems().forEach(sentence -> item(html, sentence));
        return html.append("</ul>\n").toString();
    }

    String configuration() {
        if (run.configuration().isBlank()) {
            return note("run.conf is missing.");
        }
        return "<details>\n<summary>The resolved configuration (run.conf)</summary>\n<pre tabindex=\"0\">"
                + Html.escape(run.configuration()) + "</pre>\n</details>\n";
    }

    String provenance() {
        StringBuilder html = new StringBuilder();
        if (run.provenance().isObject()) {
            html.append(pairs("The run (provenance.json).", fields(run.provenance())));
        }
        for (String evaluation : kinds()) {
            for (Evaluation result : run.newest(evaluation)) {
                html.append("<details>\n<summary>")
                        .append(Html.escape(evaluation + ", " + result.sae()
                                + (result.step() < 0 ? "" : ", step " + Numbers.whole(result.step()))))
                        .append("</summary>\n")
                        .append(pairs("Where this result comes from.", origin(result)))
                        .append("</details>\n");
            }
        }
        return html.isEmpty() ? note("No provenance is recorded yet.") : html.toString();
    }

    private static Map<String, String> origin(Evaluation result) {
        Map<String, String> origin = new LinkedHashMap<>();
        JsonNode document = result.document();
        long millis = JsonFields.whole(document, "datetime_epoch_millis", -1);
        if (millis >= 0) {
            origin.put("made at", Instant.ofEpochMilli(millis).toString());
        }
        for (String field :
                List.of("eval_id", "sae_lens_release_id", "sae_lens_id", "sae_lens_version", "sae_bench_commit_hash")) {
            String value = JsonFields.text(document, field);
            if (!value.isEmpty()) {
                origin.put(field, value);
            }
        }
        origin.putAll(fields(document.path("sae_cfg_dict")));
        return origin;
    }

    private List<String> kinds() {
        return run.evaluations().stream().map(Evaluation::evaluation).distinct().toList();
    }

    private static String steps(JobState state) {
        if (state.step() < 0) {
            return Numbers.MISSING;
        }
        return Numbers.whole(state.step()) + (state.steps() < 0 ? "" : " of " + Numbers.whole(state.steps()));
    }

    private static Map<String, String> fields(JsonNode object) {
        Map<String, String> fields = new LinkedHashMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), shown(field.getValue())));
        return fields;
    }

    private static String shown(JsonNode value) {
        boolean flat = value.isArray()
                && StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isValueNode);
        if (flat) {
            List<String> texts = new ArrayList<>();
            value.forEach(element -> texts.add(element.asText()));
            return String.join(", ", texts);
        }
        if (value.isNull()) {
            return Numbers.MISSING;
        }
        return value.isValueNode() ? value.asText() : value.toString();
    }

    private static String pairs(String caption, Map<String, String> pairs) {
        StringBuilder html = open(caption, List.of("Name", "Value"), List.of());
        pairs.forEach((name, value) -> html.append("<tr><th scope=\"row\">")
                .append(Html.escape(name))
                .append("</th><td class=\"value\">")
                .append(Html.escape(value))
                .append("</td></tr>\n"));
        return close(html);
    }

    private static StringBuilder open(String caption, List<String> texts, List<String> numbers) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .append(Html.escape(caption))
                .append("\">\n<table>\n<caption>")
                .append(Html.escape(caption))
                .append("</caption>\n<thead><tr>");
        texts.forEach(head ->
                html.append("<th scope=\"col\">").append(Html.escape(head)).append("</th>"));
        numbers.forEach(head -> html.append("<th scope=\"col\" class=\"number\">")
                .append(Html.escape(head))
                .append("</th>"));
        return html.append("</tr></thead>\n<tbody>\n");
    }

    private static String close(StringBuilder html) {
        return html.append("</tbody>\n</table>\n</div>\n").toString();
    }

    private static void text(StringBuilder html, String value) {
        html.append("<td>").append(Html.escape(value)).append("</td>");
    }

    private static void number(StringBuilder html, String value) {
        html.append("<td class=\"number\">").append(Html.escape(value)).append("</td>");
    }

    private static void item(StringBuilder html, String sentence) {
        html.append("<li>").append(Html.escape(sentence)).append("</li>\n");
    }

    private static String note(String sentence) {
        return Html.note(sentence);
    }
}
