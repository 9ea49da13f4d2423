package org.unweave.eval.report;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.report.MetricsLine.Split;

/** Reads one run folder, once. What cannot be read is noted and left out. */
final class RunFolderReader {
    private static final Pattern CONTROL = Pattern.compile(".+_([a-z]+-control)");

    private final Path folder;
    private final List<String> problems = new ArrayList<>();

    RunFolderReader(Path folder) {
        this.folder = folder;
    }

    RunFiles read() {
        // A folder of evaluations alone has none.
        boolean trained = Files.isDirectory(folder.resolve("jobs"));
        String configuration = trained ? text(folder.resolve("run.conf")) : "";
        JsonNode provenance = optional(folder.resolve("provenance.json")).orElse(RunFiles.none());
        List<JobFiles> jobs = children(folder.resolve("jobs")).stream()
                .filter(Files::isDirectory)
                .map(this::job)
                .sorted(Comparator.comparing(JobFiles::name, RunFiles.NATURAL_ORDER))
                .toList();
        return new RunFiles(folder, configuration, provenance, jobs, evaluations(), problems);
    }

    /** The evaluations alone. */
    List<Evaluation> evaluations() {
        List<String> names = children(folder.resolve("jobs")).stream()
                .filter(Files::isDirectory)
                .map(job -> job.getFileName().toString())
                .toList();
        return children(folder.resolve("evals")).stream()
                .filter(Files::isDirectory)
                .flatMap(kind -> results(kind, names))
                .sorted(Comparator.comparing(Evaluation::evaluation)
                        .thenComparing(Evaluation::sae, RunFiles.NATURAL_ORDER)
                        .thenComparingLong(Evaluation::step)
                        .thenComparingLong(Evaluation::seed))
                .toList();
    }

    private String text(Path file) {
        if (!Files.exists(file)) {
            problems.add(relative(file) + " is missing.");
            return "";
        }
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            problems.add(relative(file) + " cannot be read: " + failure.getMessage());
            return "";
        }
    }

    private JobFiles job(Path jobFolder) {
        Path state = jobFolder.resolve("state.json");
        if (!Files.exists(state)) {
            problems.add(relative(state) + " is missing.");
        }
        return new JobFiles(
                jobFolder.getFileName().toString(),
                JobState.of(optional(state).orElse(RunFiles.none())),
                metrics(jobFolder.resolve("metrics.jsonl")),
                optional(jobFolder.resolve("features.json"))
                        .map(FeatureStatistics::of)
                        .filter(features -> features.features() > 0)
                        .orElse(null));
    }

    private List<MetricsLine> metrics(Path file) {
        if (!Files.exists(file)) {
            problems.add(relative(file) + " is missing.");
            return List.of();
        }
        Map<Split, NavigableMap<Long, MetricsLine>> lines = new EnumMap<>(Split.class);
        // The stream's own decoder replaces the bytes of a character that was cut in two; a strict one would throw.
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            long number = 1;
            String line = reader.readLine();
            while (line != null) {
                String next = reader.readLine();
                MetricsLine parsed = parse(line, next == null, file, number);
                if (parsed != null) {
                    keep(lines, parsed);
                }
                line = next;
                number++;
            }
        } catch (IOException failure) {
            problems.add(relative(file) + " cannot be read: " + failure.getMessage());
        }
        return Stream.of(Split.values())
                .flatMap(split -> lines.getOrDefault(split, new TreeMap<>()).values().stream())
                .toList();
    }

    /** The last line may be half written, which is no problem; a half line further up is one that a resume wrote past. */
    private @Nullable MetricsLine parse(String line, boolean last, Path file, long number) {
        if (line.isBlank()) {
            return null;
        }
        try {
            JsonNode node = JsonFields.MAPPER.readTree(line);
            if (node.isObject()) {
                return MetricsLine.of(node);
            }
        } catch (JsonProcessingException torn) {
            if (last) {
                return null;
            }
        }
        problems.add(relative(file) + ", line " + number + ", is not a JSON object and is left out.");
        return null;
    }

    /** A resumed job goes back to its checkpoint: what it had written past it is overtaken. */
    private static void keep(Map<Split, NavigableMap<Long, MetricsLine>> lines, MetricsLine line) {
        NavigableMap<Long, MetricsLine> steps = lines.computeIfAbsent(line.split(), split -> new TreeMap<>());
        steps.tailMap(line.step(), true).clear();
        steps.put(line.step(), line);
    }

    private Stream<Evaluation> results(Path kind, List<String> jobs) {
        return children(kind).stream()
                .filter(file -> file.getFileName().toString().endsWith(ResultName.SUFFIX))
                .flatMap(file -> result(file, kind.getFileName().toString(), jobs).stream());
    }

    private Optional<Evaluation> result(Path file, String kind, List<String> jobs) {
        ResultName name = ResultName.of(file.getFileName().toString()).orElseThrow();
        try {
            return Optional.of(
                    new Evaluation(kind, sae(name.stem(), jobs), name.step(), name.seed(), document(file, kind)));
        } catch (IOException failure) {
            problems.add(relative(file) + " is not whole JSON and is left out.");
            return Optional.empty();
        }
    }

    /** The file's name begins with the run's name; the names of a folder that was copied or renamed still end in the job. */
    private String sae(String stem, List<String> jobs) {
        String prefix = folder.getFileName() + "_";
        if (stem.startsWith(prefix)) {
            return stem.substring(prefix.length());
        }
        Matcher control = CONTROL.matcher(stem);
        if (control.matches()) {
            return control.group(1);
        }
        return jobs.stream()
                .filter(job -> stem.endsWith("_" + job))
                .max(Comparator.comparingInt(String::length))
                .orElse(stem);
    }

    /** Core's details are an object for every latent: they are skipped unread, since the report does not use them. */
    private static ObjectNode document(Path file, String kind) throws IOException {
        ObjectNode document = JsonFields.MAPPER.createObjectNode();
        try (JsonParser parser = JsonFields.MAPPER.createParser(file.toFile())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException(file + " holds no JSON object");
            }
            for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
                parser.nextToken();
                if (kind.equals(Evaluation.CORE) && field.equals("eval_result_details")) {
                    parser.skipChildren();
                    continue;
                }
                document.set(field, parser.readValueAsTree());
            }
        }
        return document;
    }

    private Optional<JsonNode> optional(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode node = JsonFields.MAPPER.readTree(file.toFile());
            if (node.isObject()) {
                return Optional.of(node);
            }
            problems.add(relative(file) + " is not a JSON object and is left out.");
        } catch (IOException failure) {
            problems.add(relative(file) + " is not whole JSON and is left out.");
        }
        return Optional.empty();
    }

    private List<Path> children(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            problems.add(relative(parent) + " cannot be listed: " + failure.getMessage());
            return List.of();
        }
    }

    private String relative(Path file) {
        return folder.relativize(file).toString();
    }
}
