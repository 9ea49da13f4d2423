package org.unweave.actors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.unweave.config.RuleConfig;

/**
 * Looks at the measurements of one run's jobs by the rules of its config. Jobs are compared at the same updates; where they
 * are further apart than {@value #MOST_LINES} lines, they are not.
 */
final class JobRules {
    private static final int MOST_LINES = 4096;

    /** A rule that a job has come under. */
    record Held(String job, RuleConfig rule, long step) {}

    private record Key(String job, int rule) {}

    private final List<RuleConfig> rules;
    // By the step, what each job measured then.
    private final NavigableMap<Long, Map<String, MetricsHub.JobMetrics>> lines = new TreeMap<>();
    // Since which step a limit is passed.
    private final Map<Key, Long> since = new HashMap<>();
    // Before which step of a job a rule is not looked at: it has held, and begins anew.
    private final Map<Key, Long> from = new HashMap<>();

    JobRules(List<RuleConfig> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Takes a measurement; returns what holds by it and did not before. */
    List<Held> take(MetricsHub.JobMetrics metrics) {
        lines.computeIfAbsent(metrics.step(), step -> new HashMap<>()).put(metrics.job(), metrics);
        if (lines.size() > MOST_LINES) {
            lines.pollFirstEntry();
        }
        List<Held> held = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            RuleConfig rule = rules.get(i);
            int number = i;
            rule.limit().ifPresent(limit -> limit(metrics, number, limit, held));
            rule.margin().ifPresent(margin -> dominated(metrics.step(), number, margin, held));
        }
        return held;
    }

    private void limit(MetricsHub.JobMetrics metrics, int number, RuleConfig.Limit limit, List<Held> held) {
        Key key = new Key(metrics.job(), number);
        if (!limit.isBeyond(value(metrics, limit.metric()))) {
            since.remove(key);
            return;
        }
        // One that has gone back to a checkpoint measures again what it had measured.
        long first = since.merge(key, metrics.step(), Math::min);
        if (metrics.step() - first >= rules.get(number).forSteps()) {
            since.remove(key);
            held.add(new Held(metrics.job(), rules.get(number), metrics.step()));
        }
    }

    private static double value(MetricsHub.JobMetrics metrics, String metric) {
        return switch (metric) {
            case "loss" -> metrics.loss();
            case "l0" -> metrics.l0();
            case "variance-explained" -> metrics.varianceExplained();
            case "dead-share" -> metrics.deadShare();
            case "rows-per-second" -> metrics.rowsPerSecond();
            default -> throw new IllegalArgumentException("no metric is named " + metric);
        };
    }

    // Of all jobs that have a line of this step: the one that came last may dominate, or be dominated.
    private void dominated(long step, int number, double margin, List<Held> held) {
        Map<String, MetricsHub.JobMetrics> now = lines.getOrDefault(step, Map.of());
        long forSteps = rules.get(number).forSteps();
        for (String job : now.keySet()) {
            Key key = new Key(job, number);
            long first = firstDominated(job, step, margin, from.getOrDefault(key, 0L), forSteps);
            if (step - first >= forSteps) {
                from.put(key, step);
                held.add(new Held(job, rules.get(number), step));
            }
        }
    }

    /** From which of its lines on it was dominated up to this one; beyond this one where it is not now. */
    private long firstDominated(String job, long step, double margin, long least, long forSteps) {
        long first = step + 1;
        for (Map.Entry<Long, Map<String, MetricsHub.JobMetrics>> line :
                lines.headMap(step, true).descendingMap().entrySet()) {
            MetricsHub.JobMetrics own = line.getValue().get(job);
            if (line.getKey() < least || own != null && !isDominated(own, line.getValue(), margin)) {
                break;
            }
            first = own == null ? first : line.getKey();
            if (step - first >= forSteps) {
                break; // It is enough; what was before does not matter.
            }
        }
        return first;
    }

    private static boolean isDominated(
            MetricsHub.JobMetrics own, Map<String, MetricsHub.JobMetrics> line, double margin) {
        return line.values().stream()
                .anyMatch(other -> !other.job().equals(own.job())
                        && other.l0() <= own.l0()
                        && other.varianceExplained() > own.varianceExplained() + margin);
    }
}
