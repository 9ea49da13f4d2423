package org.unweave.tests;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prometheus' text form: which labels each metric has; and which of both a query names. */
record PromText(Map<String, Set<String>> labels, String text) {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(?:=~|!=|!~|=)\\s*\"[^\"]*\"");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern SELECTED = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*\\{([^}]*)}");
    private static final Pattern VALUES = Pattern.compile("label_values\\((.*), *([a-z_]+)\\)");
    private static final Set<String> WORDS = Set.of("by", "without", "on", "ignoring", "and", "or", "unless", "offset");

    static PromText of(String text) {
        Map<String, Set<String>> labels = new HashMap<>();
        for (String line : text.lines().toList()) {
            Matcher sample = SAMPLE.matcher(line);
            if (!line.startsWith("#") && sample.matches()) {
                labels.computeIfAbsent(sample.group(1), name -> new HashSet<>())
                        .addAll(sample.group(2) == null ? Set.of() : labelsOf(sample.group(2)));
            }
        }
        return new PromText(labels, text);
    }

    private static Set<String> labelsOf(String braces) {
        Set<String> names = new HashSet<>();
        Matcher label = LABEL.matcher(braces);
        while (label.find()) {
            names.add(label.group(1));
        }
        return names;
    }

    /** The value of the first sample whose line has all these words; NaN where there is none. */
    double value(String name, String... words) {
        return text.lines()
                .filter(line ->
                        line.startsWith(name + "{") && List.of(words).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    /**
     * What a query of Grafana names that is not here: a metric, a label of a metric, or a label that none of its metrics has.
     *
     * @param own labels that the scraper adds
     */
    Set<String> missing(String query, Set<String> own) {
        Matcher values = VALUES.matcher(query);
        if (values.matches()) {
            return missing("sum by (" + values.group(2) + ") (" + values.group(1) + ")", own);
        }
        Set<String> missing = new HashSet<>();
        Set<String> metrics = new HashSet<>();
        Matcher selected = SELECTED.matcher(query);
        while (selected.find()) {
            Set<String> known = labels.getOrDefault(selected.group(1), Set.of());
            labelsOf(selected.group(2)).stream()
                    .filter(label -> !known.contains(label) && !own.contains(label))
                    .forEach(label -> missing.add(selected.group(1) + "{" + label + "}"));
        }
        Set<String> grouped = new HashSet<>();
        Matcher grouping = GROUPING.matcher(query);
        while (grouping.find()) {
            grouped.addAll(List.of(grouping.group(1).split("\\s*,\\s*")));
        }
        String rest = query.replaceAll(GROUPING.pattern(), " ")
                .replaceAll("\\{[^}]*}", " ")
                .replaceAll("\\[[^]]*]", " ");
        Matcher name = NAME.matcher(rest);
        while (name.find()) {
            boolean function = rest.substring(name.end()).stripLeading().startsWith("(");
            if (!function && !WORDS.contains(name.group())) {
                metrics.add(name.group());
            }
        }
        metrics.stream().filter(metric -> !labels.containsKey(metric)).forEach(missing::add);
        for (String label : grouped) {
            if (!own.contains(label)
                    && metrics.stream()
                            .noneMatch(metric ->
                                    labels.getOrDefault(metric, Set.of()).contains(label))) {
                missing.add("by (" + label + ")");
            }
        }
        if (metrics.isEmpty()) {
            missing.add("no metric in " + query);
        }
        return missing;
    }
}
