package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is known of a run from a node's answers and events. What is heard twice changes nothing the second time, so a stream
 * may begin anew at any point. Of one thread.
 */
public final class WatchModel {
    /** Where a run's curves are asked for, below its path. */
    public static final String CURVES = "/metrics?points=400&series=" + Series.keys();

    private static final int MOST_NEWS = 256;
    private static final int MOST_LINES = 512;
    private static final int MOST_TOLD = 8192;
    private static final int MOST_NUMBERS = 4;
    private static final Set<String> WARNINGS = Set.of("WARN", "ERROR");

    private final String run;
    private final Map<String, JobPicture> jobs = new TreeMap<>();
    private final Map<String, NodePicture> nodes = new TreeMap<>();
    private final Deque<News> news = new ArrayDeque<>();
    private final Deque<News> log = new ArrayDeque<>();
    private final Set<String> told = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_TOLD;
        }
    });
    private String state = "";
    private int evaluationsLeft;
    private final Set<String> problems = new LinkedHashSet<>();

    public WatchModel(String run) {
        this.run = run;
    }

    /** Takes how the run stands, as {@code /api/v1/runs/RUN} answers; gives what is new. */
    List<News> standing(JsonNode status) {
        boolean first = state.isEmpty();
        List<News> fresh = new ArrayList<>();
        for (JsonNode standing : status.path("jobs")) {
            fresh.addAll(job(standing));
        }
        evaluationsLeft = status.path("evaluationsLeft").asInt();
        status.path("problems").forEach(problem -> problems.add(Words.clean(problem.asText())));
        fresh.addAll(stateOf(status.path("state").asText()));
        // How it stands when the watching begins is no news.
        return first ? List.of() : keep(fresh);
    }

    /** Takes curves, as {@code /api/v1/runs/RUN/metrics} answers. */
    void history(JsonNode curves) {
        for (JsonNode one : curves.path("jobs")) {
            JobPicture job = jobs.get(one.path("job").asText());
            if (job != null) {
                job.history(one.path("series"));
            }
        }
    }

    /** Takes what nodes are at, as {@code /api/v1/nodes} answers. */
    void nodes(JsonNode all) {
        nodes.clear();
        all.path("nodes").forEach(this::node);
    }

    /** Takes an event; gives what is new. Lines of metrics, nodes and the log are no news. */
    List<News> happened(String kind, JsonNode data) {
        JsonNode about = data.path("run");
        if (about.isTextual() && !about.asText().isEmpty() && !about.asText().equals(run)) {
            return List.of();
        }
        return keep(
                switch (kind) {
                    case "run" -> stateOf(data.path("state").asText());
                    case "job" -> job(data);
                    case "metrics" -> metrics(data);
                    case "checkpoint" -> checkpoint(data);
                    case "evaluated" -> evaluated(data);
                    case "node" -> node(data);
                    case "node-joined" -> joined(Words.clean(data.path("node").asText()));
                    case "node-lost" -> lost(Words.clean(data.path("node").asText()));
                    case "log" -> logged(data);
                    case "lost" -> List.of(new News(News.Weight.WARNING, "some events were missed"));
                    default -> List.of();
                });
    }

    private List<News> keep(List<News> fresh) {
        fresh.forEach(one -> add(news, one, MOST_NEWS));
        return fresh;
    }

    private static void add(Deque<News> all, News one, int most) {
        all.add(one);
        if (all.size() > most) {
            all.remove();
        }
    }

    private List<News> stateOf(String now) {
        if (now.equals(state)) {
            return List.of();
        }
        state = Words.clean(now);
        return List.of(
                new News(over() && !failed() ? News.Weight.GOOD : News.Weight.USUAL, "run " + run + " is " + state));
    }

    private List<News> job(JsonNode standing) {
        String name = Words.clean(standing.path("job").asText());
        if (name.isEmpty()) {
            return List.of();
        }
        JobPicture job = jobOf(name);
        if (!job.standing(standing)) {
            return List.of();
        }
        StringBuilder text = new StringBuilder(name).append(" is ").append(job.state());
        if (!job.node().isEmpty()) {
            text.append(" on ").append(job.node());
        }
        if (job.ended() || job.restarts() > 0) {
            text.append(Words.format(" at step %,d", standing.path("step").asLong()));
        }
        if (job.restarts() > 0) {
            text.append(", restarts ").append(job.restarts());
        }
        if (!job.reason().isEmpty()) {
            text.append(": ").append(job.reason());
        }
        News.Weight weight = switch (job.state()) {
            case "failed" -> News.Weight.BAD;
            case "restarting" -> News.Weight.WARNING;
            case "done" -> News.Weight.GOOD;
            default -> News.Weight.USUAL;
        };
        return List.of(new News(weight, text.toString()));
    }

    private JobPicture jobOf(String name) {
        return jobs.computeIfAbsent(name, JobPicture::new);
    }

    private List<News> metrics(JsonNode line) {
        String name = Words.clean(line.path("job").asText());
        if (line.path("split").asText().equals("train") && !name.isEmpty()) {
            jobOf(name).metrics(line);
        }
        return List.of();
    }

    private List<News> checkpoint(JsonNode data) {
        String text = Words.format(
                "%s has a checkpoint at step %,d, %s",
                Words.clean(data.path("job").asText()),
                data.path("step").asLong(),
                Words.size(data.path("size_bytes").asDouble()));
        return once(new News(News.Weight.USUAL, text));
    }

    private List<News> evaluated(JsonNode data) {
        String what = Words.format(
                "%s at step %,d",
                Words.clean(data.path("job").asText()), data.path("step").asLong());
        String problem = Words.clean(data.path("problem").asText());
        if (!problem.isEmpty()) {
            problems.add(what + ": " + problem);
            return once(new News(News.Weight.WARNING, what + " could not be judged: " + problem));
        }
        String numbers = data.path("numbers").properties().stream()
                .limit(MOST_NUMBERS)
                .map(one -> Words.clean(one.getKey()) + " "
                        + Words.number(one.getValue().asDouble(Double.NaN)))
                .collect(Collectors.joining(", "));
        String how =
                data.path("judgement").asText().equals("attribution") ? " is judged for attribution" : " is judged";
        return once(new News(News.Weight.GOOD, what + how + (numbers.isEmpty() ? "" : ": " + numbers)));
    }

    private List<News> once(News one) {
        return told.add(one.text()) ? List.of(one) : List.of();
    }

    private List<News> node(JsonNode data) {
        NodePicture node = NodePicture.of(data);
        nodes.put(node.name(), node);
        return List.of();
    }

    private List<News> joined(String node) {
        if (nodes.containsKey(node)) {
            return List.of();
        }
        return List.of(new News(News.Weight.USUAL, "node " + node + " is there"));
    }

    private List<News> lost(String node) {
        nodes.remove(node);
        return List.of(new News(News.Weight.WARNING, "node " + node + " is lost"));
    }

    private List<News> logged(JsonNode line) {
        String level = Words.clean(line.path("level").asText());
        String time = line.path("time").asText();
        String job = Words.clean(line.path("job").asText());
        String text = (job.isEmpty() ? "" : job + ": ")
                + Words.clean(line.path("message").asText());
        News.Weight weight = switch (level) {
            case "ERROR" -> News.Weight.BAD;
            case "WARN" -> News.Weight.WARNING;
            default -> News.Weight.USUAL;
        };
        String clock = time.length() >= 19 ? Words.clean(time.substring(11, 19)) : "";
        News shown =
                new News(weight, Words.format("%s %-5s %s", clock, level, text).strip());
        if (!told.add("log " + time + text)) {
            return List.of();
        }
        add(log, shown, MOST_LINES);
        return WARNINGS.contains(level)
                ? List.of(new News(weight, level.toLowerCase(Locale.ROOT) + ": " + text))
                : List.of();
    }

    String run() {
        return run;
    }

    /** {@code running}, {@code stopping}, {@code stopped} or {@code done}; empty before anything was heard. */
    String state() {
        return state;
    }

    /** Whether nothing will happen to the run any more. */
    boolean over() {
        return state.equals("done") || state.equals("stopped");
    }

    boolean stopped() {
        return state.equals("stopped");
    }

    /** Whether a job has failed, or something could not be judged. */
    boolean failed() {
        return !problems.isEmpty()
                || jobs.values().stream().anyMatch(job -> job.state().equals("failed"));
    }

    int evaluationsLeft() {
        return evaluationsLeft;
    }

    /** In the order of their names. */
    List<JobPicture> jobs() {
        return List.copyOf(jobs.values());
    }

    List<NodePicture> nodes() {
        return List.copyOf(nodes.values());
    }

    /** Oldest first. */
    List<News> news() {
        return List.copyOf(news);
    }

    /** The log's lines, oldest first. */
    List<News> log() {
        return List.copyOf(log);
    }

    /** Seconds that the job that has trained longest has trained. */
    double seconds() {
        return jobs.values().stream().mapToDouble(JobPicture::seconds).max().orElse(0);
    }

    /** Seconds until the last job is through, at their present paces; NaN where none is known. */
    double secondsLeft() {
        return jobs.values().stream()
                .mapToDouble(JobPicture::secondsLeft)
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
    }
}
