package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What is known of a job. */
final class JobPicture {
    /** By how much of its target L0 may be off before it is marked. */
    private static final double TOLERANCE = 0.1;

    private static final int PACE_POINTS = 24;
    private static final Set<String> ENDED = Set.of("done", "failed", "stopped");
    private static final String PAUSED = "paused";

    /** A job's updates and seconds at one moment; what it was paused is left out. */
    private record Pace(long step, double seconds) {}

    private final String name;
    private String variant = "";
    private String state = "waiting";
    private String node = "";
    private String reason = "";
    private long step;
    private long steps;
    private int restarts;
    private double targetL0 = Double.NaN;
    private double rowsPerStep = Double.NaN;
    private double seconds;
    private double lastRows = Double.NaN;
    private final Map<String, Double> spent = new LinkedHashMap<>();
    private final Map<Series, Curve> curves = new EnumMap<>(Series.class);
    private final Deque<Pace> pace = new ArrayDeque<>();

    JobPicture(String name) {
        this.name = name;
        for (Series one : Series.values()) {
            curves.put(one, new Curve());
        }
    }

    /**
     * Takes how the job stands, as an event has it or as the supervisor answers.
     *
     * @return whether state, node, restarts or reason are others
     */
    boolean standing(JsonNode standing) {
        String before = String.join("|", state, node, Integer.toString(restarts), reason);
        variant = Words.clean(standing.path("variant").asText(variant));
        state = Words.clean(standing.path("state").asText(state));
        reason = Words.clean(standing.path("reason").asText());
        restarts = standing.path("restarts").asInt(restarts);
        steps = standing.path("steps").asLong(steps);
        targetL0 = number(standing, "target_l0", number(standing, "targetL0", targetL0));
        if (standing.has("node")) {
            node = Words.clean(standing.path("node").asText());
        }
        long at = standing.path("step").asLong();
        // It is that of the last checkpoint, which metrics are ahead of.
        if (ended() || at > step) {
            step = at;
        }
        seconds = Math.max(seconds, number(standing, "seconds", 0));
        double rows = number(standing, "rows_per_second", number(standing, "rowsPerSecond", Double.NaN));
        if (rows > 0 && !(lastRows > 0)) {
            lastRows = rows;
        }
        return !before.equals(String.join("|", state, node, Integer.toString(restarts), reason));
    }

    /**
     * Takes a line of metrics of the rows that it is trained on.
     *
     * @return whether it says something new
     */
    boolean metrics(JsonNode line) {
        long at = line.path("step").asLong();
        boolean fresh = at != step || curve(Series.LOSS).size() == 0;
        step = at;
        steps = line.path("steps").asLong(steps);
        seconds = number(line, "wall_s", seconds);
        lastRows = number(line, Series.ROWS_PER_SECOND.key(), lastRows);
        double rows = number(line, "rows", Double.NaN);
        rowsPerStep = at > 0 ? rows / at : rowsPerStep;
        for (Series one : Series.values()) {
            curve(one).add(at, number(line, one.key(), Double.NaN));
        }
        spent.clear();
        line.path("spent_s")
                .properties()
                .forEach(part -> spent.put(part.getKey(), part.getValue().asDouble()));
        keepPace(at);
        return fresh;
    }

    private void keepPace(long at) {
        if (spent.isEmpty()) {
            return;
        }
        double now = spent.values().stream().mapToDouble(Double::doubleValue).sum() - spent.getOrDefault(PAUSED, 0.0);
        // Another placement counts from its own beginning.
        if (!pace.isEmpty() && (pace.getLast().step() >= at || pace.getLast().seconds() > now)) {
            pace.clear();
        }
        pace.add(new Pace(at, now));
        if (pace.size() > PACE_POINTS) {
            pace.remove();
        }
    }

    /** Takes curves out of the run's files in place of those that are known. */
    void history(JsonNode series) {
        for (Series one : Series.values()) {
            JsonNode points = series.path(one.key());
            JsonNode at = points.path("step");
            JsonNode values = points.path("value");
            Curve curve = curve(one);
            curve.clear();
            for (int i = 0; i < Math.min(at.size(), values.size()); i++) {
                curve.add(at.get(i).asLong(), values.get(i).asDouble());
            }
            if (one == Series.LOSS && at.size() > 0 && !ended()) {
                step = Math.max(step, at.get(at.size() - 1).asLong());
            }
        }
    }

    private static double number(JsonNode of, String name, double otherwise) {
        JsonNode value = of.path(name);
        return value.isNumber() ? value.asDouble() : otherwise;
    }

    String name() {
        return name;
    }

    String variant() {
        return variant;
    }

    /** {@code waiting}, {@code running}, {@code paused}, {@code restarting}, {@code done}, {@code failed}, {@code stopped}. */
    String state() {
        return state;
    }

    /** Where it is trained; empty where it is not. */
    String node() {
        return node;
    }

    String reason() {
        return reason;
    }

    long step() {
        return step;
    }

    long steps() {
        return steps;
    }

    int restarts() {
        return restarts;
    }

    double targetL0() {
        return targetL0;
    }

    Curve curve(Series series) {
        return curves.computeIfAbsent(series, one -> new Curve());
    }

    double last(Series series) {
        return curve(series).last();
    }

    double rowsPerSecond() {
        double last = last(Series.ROWS_PER_SECOND);
        return Double.isFinite(last) ? last : lastRows;
    }

    /** Whether nobody works on it any more. */
    boolean ended() {
        return ENDED.contains(state);
    }

    boolean offTarget() {
        double l0 = last(Series.L0);
        return targetL0 > 0 && Double.isFinite(l0) && Math.abs(l0 - targetL0) > TOLERANCE * targetL0;
    }

    /** From 0 to 1. */
    double progress() {
        return steps <= 0 ? 0 : Math.min(1, (double) step / steps);
    }

    /** Seconds that it has trained. */
    double seconds() {
        return seconds;
    }

    /** Seconds to its end at the pace of its last updates; NaN where none is known. */
    double secondsLeft() {
        if (ended() || state.equals(PAUSED) || steps <= step) {
            return Double.NaN;
        }
        if (pace.size() > 1) {
            double passed = pace.getLast().seconds() - pace.getFirst().seconds();
            if (passed > 0) {
                return (steps - step)
                        * passed
                        / (pace.getLast().step() - pace.getFirst().step());
            }
        }
        double rows = rowsPerSecond();
        return rows > 0 ? (steps - step) * rowsPerStep / rows : Double.NaN;
    }

    /** What its time went to since it was placed, in words; empty where that is not known. */
    String timeSpent() {
        double all = spent.values().stream().mapToDouble(Double::doubleValue).sum();
        StringBuilder text = new StringBuilder();
        if (all > 0) {
            spent.forEach((on, one) -> {
                if (one / all >= 0.005) {
                    text.append(text.isEmpty() ? "" : ", ")
                            .append(Words.format("%s %.0f%%", Words.clean(on), 100 * one / all));
                }
            });
        }
        return text.toString();
    }
}
