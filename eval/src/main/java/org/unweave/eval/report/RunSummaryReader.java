package org.unweave.eval.report;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.WrittenConfig;

/** Reads the summary of one run. What cannot be read is noted and left out. */
final class RunSummaryReader {

    private final Path folder;
    private final List<String> problems = new ArrayList<>();
    private @Nullable WrittenConfig config;
    private long bytes;
    private @Nullable Instant oldest;
    private @Nullable Instant newestState;

    RunSummaryReader(Path folder) {
        this.folder = folder;
    }

    RunSummary read() {
        measure();
        configuration();
        Map<String, JobState> states = states();
        Map<String, JsonNode> core = newestCore();
        int done = (int) states.values().stream().filter(JobState::done).count();
        int failed = (int) states.values().stream().filter(JobState::failed).count();
        int jobs = Math.max(states.size(), config == null ? 0 : config.jobs().size());
        RunSummary.State state = state(states.values().stream().toList(), jobs, done, failed);
        boolean over = state != RunSummary.State.RUNNING && state != RunSummary.State.EMPTY;
        Optional<LogSpan> log = LogSpan.of(folder.resolve("unweave.log"));
        return new RunSummary(
                folder,
                state,
                config == null ? "" : config.value("preset"),
                jobs,
                done,
                failed,
                log.map(LogSpan::first).orElse(oldest),
                over ? log.map(LogSpan::last).orElse(newestState) : null,
                core.isEmpty() ? newestHeldOut(states) : best(core, "reconstruction_quality", "variance_explained"),
                best(core, "model_performance_preservation", "ce_loss_score"),
                results().size(),
                bytes,
                problems);
    }

    private RunSummary.State state(List<JobState> states, int jobs, int done, int failed) {
        if (RunLock.held(folder)) {
            return RunSummary.State.RUNNING;
        }
        if (config == null) {
            return RunSummary.State.DAMAGED;
        }
        if (states.isEmpty()) {
            return RunSummary.State.EMPTY;
        }
        if (done == jobs) {
            return RunSummary.State.DONE;
        }
        if (failed > 0 && done + failed == jobs) {
            return RunSummary.State.FAILED;
        }
        boolean stopped = states.stream().anyMatch(job -> job.state().equals("stopped"));
        return stopped ? RunSummary.State.STOPPED : RunSummary.State.INTERRUPTED;
    }

    /** Sizes and times of all files. */
    private void measure() {
        try (Stream<Path> files = Files.walk(folder.toRealPath())) {
            files.forEach(this::measure);
        } catch (IOException | UncheckedIOException failure) {
            // A run that goes on removes checkpoints meanwhile.
            problems.add("its size is not known: " + failure.getMessage());
        }
    }

    private void measure(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                bytes += attributes.size();
                Instant changed = attributes.lastModifiedTime().toInstant();
                oldest = oldest == null || changed.isBefore(oldest) ? changed : oldest;
                if (file.endsWith("state.json") && (newestState == null || changed.isAfter(newestState))) {
                    newestState = changed;
                }
            }
        } catch (IOException gone) {
            // Removed since the folder was listed.
        }
    }

    private void configuration() {
        Path file = folder.resolve("run.conf");
        if (!Files.exists(file)) {
            problems.add("run.conf is missing");
            return;
        }
        try {
            config = WrittenConfig.read(file);
        } catch (InvalidConfigException damaged) {
            problems.add("run.conf is damaged");
        }
    }

    private Map<String, JobState> states() {
        Map<String, JobState> states = new HashMap<>();
        for (Path job : children(folder.resolve("jobs"))) {
            if (!Files.isDirectory(job)) {
                continue;
            }
            Path file = job.resolve("state.json");
            JsonNode node = RunFiles.none();
            if (Files.exists(file)) {
                try {
                    node = JsonFields.MAPPER.readTree(file.toFile());
                } catch (IOException damaged) {
                    problems.add("jobs/" + job.getFileName() + "/state.json is damaged");
                }
            }
            states.put(job.getFileName().toString(), JobState.of(node));
        }
        return states;
    }

    private List<Path> results() {
        return children(folder.resolve("evals")).stream()
                .flatMap(kind -> children(kind).stream())
                .filter(file -> file.getFileName().toString().endsWith(ResultName.SUFFIX))
                .toList();
    }

    /** The metrics of each SAE's newest core result, controls left out. */
    private Map<String, JsonNode> newestCore() {
        Map<String, Path> files = new HashMap<>();
        Map<String, Long> steps = new HashMap<>();
        for (Path file : children(folder.resolve("evals").resolve(Evaluation.CORE))) {
            ResultName name = ResultName.of(file.getFileName().toString()).orElse(null);
            if (name == null || Evaluation.control(name.stem())) {
                continue;
            }
            if (name.step() >= steps.getOrDefault(name.stem(), -1L)) {
                steps.put(name.stem(), name.step());
                files.put(name.stem(), file);
            }
        }
        Map<String, JsonNode> metrics = new HashMap<>();
        files.forEach((sae, file) -> {
            try {
                metrics.put(sae, metrics(file));
            } catch (IOException damaged) {
                problems.add("evals/core/" + file.getFileName() + " is damaged");
            }
        });
        return metrics;
    }

    /** Reads no further than the metrics: behind them is an object for every latent. */
    private static JsonNode metrics(Path file) throws IOException {
        try (JsonParser parser = JsonFields.MAPPER.createParser(file.toFile())) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
                    parser.nextToken();
                    if (field.equals("eval_result_metrics")) {
                        return parser.readValueAsTree();
                    }
                    parser.skipChildren();
                }
            }
        }
        throw new IOException(file + " has no metrics");
    }

    private static double best(Map<String, JsonNode> core, String group, String key) {
        return core.values().stream()
                .mapToDouble(metrics -> JsonFields.number(metrics.path(group), key))
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
    }

    private double newestHeldOut(Map<String, JobState> states) {
        return states.keySet().stream()
                .mapToDouble(job -> NewestMetrics.heldOut(
                                folder.resolve("jobs").resolve(job).resolve("metrics.jsonl"))
                        .map(MetricsLine::varianceExplained)
                        .orElse(Double.NaN))
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
    }

    private static List<Path> children(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .toList();
        } catch (IOException gone) {
            return List.of();
        }
    }
}
