package org.unweave.eval.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.WrittenConfig;

/**
 * The keys in which configurations differ.
 *
 * @param run those of the runs
 * @param allJobs those in which all jobs that every side has differ in the same way
 * @param jobs the others, by the row's name
 * @param missing a sentence for each job that not every side has, and for each configuration that cannot be read
 */
record ConfigComparison(List<Key> run, List<Key> allJobs, Map<String, List<Key>> jobs, List<String> missing) {
    /** A run's name is how it is told apart. */
    private static final String NAME = "name";

    static final String ABSENT = "(none)";

    /**
     * One key.
     *
     * @param values for each side; {@value ConfigComparison#ABSENT} where a side has no such key
     */
    record Key(String key, List<String> values) {
        Key {
            values = List.copyOf(values);
        }
    }

    static ConfigComparison of(List<Comparison.Side> sides, List<Comparison.Row> rows) {
        List<String> missing = new ArrayList<>();
        List<WrittenConfig> configs = new ArrayList<>();
        for (Comparison.Side side : sides) {
            configs.add(read(side, missing));
        }
        Map<String, List<Key>> jobs = new LinkedHashMap<>();
        for (Comparison.Row row : rows) {
            List<Map<String, String>> keys = new ArrayList<>();
            for (int side = 0; side < sides.size(); side++) {
                JobFiles job = row.jobs().get(side);
                if (job == null) {
                    missing.add(sides.get(side).label() + " has no job " + row.name() + ".");
                } else if (configs.get(side).jobs().containsKey(job.name())) {
                    keys.add(configs.get(side).jobs().getOrDefault(job.name(), Map.of()));
                }
            }
            if (keys.size() == sides.size()) {
                jobs.put(row.name(), differences(keys));
            }
        }
        List<Key> all = common(jobs);
        Map<String, List<Key>> others = new LinkedHashMap<>();
        jobs.forEach((name, keys) -> {
            List<Key> rest = keys.stream().filter(key -> !all.contains(key)).toList();
            if (!rest.isEmpty()) {
                others.put(name, rest);
            }
        });
        return new ConfigComparison(
                differences(configs.stream().map(WrittenConfig::run).toList()), all, others, missing);
    }

    boolean isEmpty() {
        return run.isEmpty() && allJobs.isEmpty() && jobs.isEmpty();
    }

    private static WrittenConfig read(Comparison.Side side, List<String> missing) {
        try {
            return WrittenConfig.of(side.run().configuration(), "run.conf");
        } catch (InvalidConfigException damaged) {
            missing.add(side.label() + ": " + damaged.getMessage());
            return new WrittenConfig(Map.of(), Map.of());
        }
    }

    private static List<Key> differences(List<Map<String, String>> sides) {
        TreeSet<String> names = new TreeSet<>();
        sides.forEach(side -> names.addAll(side.keySet()));
        names.remove(NAME);
        List<Key> keys = new ArrayList<>();
        for (String name : names) {
            List<String> values =
                    sides.stream().map(side -> side.getOrDefault(name, ABSENT)).toList();
            if (values.stream().distinct().count() > 1) {
                keys.add(new Key(name, values));
            }
        }
        return keys;
    }

    /** Of one job alone nothing is common. */
    private static List<Key> common(Map<String, List<Key>> jobs) {
        if (jobs.size() < 2) {
            return List.of();
        }
        List<List<Key>> all = List.copyOf(jobs.values());
        return all.getFirst().stream()
                .filter(key -> all.stream().allMatch(keys -> keys.stream().anyMatch(one -> Objects.equals(one, key))))
                .toList();
    }
}
