package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the jobs of a run from the blocks {@code jobs}, {@code variants} and {@code job}. An entry of {@code jobs} falls
 * back to its variant's block, then to {@code job}. A list where one value is wanted is a grid, and stands for one job a
 * value. No component of {@link JobConfig} is a list itself, so a list is never anything else.
 */
final class JobBlocks {
    static final String PATH = "job";
    static final List<String> GIVEN = List.of("name", "variant");
    private static final String SEED = "seed";
    private static final String TARGET = "target-l0";
    private static final List<String> VALUES = values();

    private final Config config;
    private final ConfigObject defaults;
    private final List<Overrides.OfJob> overrides;
    private final Set<Overrides.OfJob> used = new HashSet<>();
    private final Set<String> selectors = new TreeSet<>();
    private final Binder binder;
    private final Problems problems;

    /**
     * @param config the whole configuration, merged
     * @param reference the defaults alone
     */
    JobBlocks(Config config, Config reference, List<Overrides.OfJob> overrides, Binder binder, Problems problems) {
        this.config = config;
        this.defaults = resolve(reference.getConfig(PATH), reference).root();
        this.overrides = overrides;
        this.binder = binder;
        this.problems = problems;
    }

    /** A job before it has its name: every key is there, and none is a list. */
    private record Point(String variant, Optional<String> name, Config values, ConfigOrigin origin) {

        /** Whether names tell the two apart by their values. */
        boolean alike(Point other) {
            return variant.equals(other.variant) && name.equals(other.name);
        }
    }

    /** The jobs, or null where a problem was noted. */
    @Nullable
    List<JobConfig> read() {
        ConfigValue entries = config.getValue("jobs");
        if (!(entries instanceof ConfigList list)) {
            problems.add(
                    entries.origin(),
                    "jobs: wants a list, as in [{ variant = topk }], but is " + Scalars.shown(entries));
            return null;
        }
        boolean whole = true;
        List<Point> points = new ArrayList<>();
        for (ConfigValue entry : list) {
            ConfigObject block = binder.block(entry, "jobs");
            whole &= block != null && expand(block, points);
        }
        whole &= unusedOverrides(whole);
        List<JobConfig> jobs = bind(points);
        return whole && jobs.size() == points.size() ? jobs : null;
    }

    private boolean unusedOverrides(boolean whole) {
        boolean none = true;
        for (Overrides.OfJob override : overrides) {
            if (whole && !used.contains(override)) {
                problems.add(
                        override.block().values().iterator().next().origin(),
                        "no entry of jobs has the variant or the name " + override.selector() + "; there are "
                                + String.join(", ", selectors));
                none = false;
            }
        }
        return none;
    }

    private boolean expand(ConfigObject entry, List<Point> points) {
        ConfigValue variants = entry.get("variant");
        if (variants == null) {
            problems.add(entry.origin(), "jobs: an entry has no variant, as in { variant = topk }");
            return false;
        }
        boolean whole = true;
        for (ConfigValue variant : variants instanceof ConfigList list ? list : List.of(variants)) {
            String word = String.valueOf(variant.unwrapped());
            if (!known().contains(word)) {
                problems.add(
                        variant.origin(),
                        "jobs: \"" + word + "\" is no variant" + Keys.suggestion(word, known()) + " Variants are "
                                + String.join(", ", known()));
                whole = false;
                continue;
            }
            whole &= expand(entry, word, points);
        }
        return whole;
    }

    private boolean expand(ConfigObject entry, String variant, List<Point> points) {
        Optional<String> name = Optional.ofNullable(entry.get("name")).map(value -> String.valueOf(value.unwrapped()));
        selectors.add(variant);
        name.ifPresent(selectors::add);
        ConfigObject own = entry.withoutKey("variant").withoutKey("name");
        for (Overrides.OfJob override : overrides) {
            if (override.selector().equals(variant)
                    || name.filter(override.selector()::equals).isPresent()) {
                own = override.block().withFallback(own);
                used.add(override);
            }
        }
        Config values = own.toConfig()
                .withFallback(config.getValue("variants." + variant))
                .withFallback(config.getValue(PATH));
        List<Config> grid = grid(values);
        grid.forEach(point -> points.add(new Point(variant, name, point, entry.origin())));
        return !grid.isEmpty();
    }

    /** The cross product of all lists, the first key the slowest. */
    private List<Config> grid(Config values) {
        List<Config> grid = List.of(values);
        for (String path : VALUES) {
            if (!(at(values, path) instanceof ConfigList items)) {
                continue;
            }
            if (items.isEmpty()) {
                problems.add(items.origin(), PATH + "." + path + ": is a list of no values");
            }
            List<Config> finer = new ArrayList<>();
            for (Config point : grid) {
                items.forEach(item -> finer.add(point.withValue(path, item)));
            }
            grid = finer;
        }
        return grid;
    }

    private List<JobConfig> bind(List<Point> points) {
        List<Point> resolved = points.stream().map(this::resolve).toList();
        Set<String> names = new HashSet<>();
        List<JobConfig> jobs = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            Point point = resolved.get(i);
            String name = name(i, points, resolved);
            if (!names.add(name)) {
                problems.add(
                        point.origin, "jobs: two jobs are named " + name + "; give one another name or another value");
                continue;
            }
            JobConfig job = binder.bind(
                    JobConfig.class,
                    point.values.root().withOrigin(point.origin),
                    defaults,
                    PATH,
                    Map.of("name", name, "variant", point.variant),
                    Set.of());
            if (job != null) {
                jobs.add(job);
            }
        }
        return jobs;
    }

    /** Puts in what a value of {@code auto} stands for. */
    private Point resolve(Point point) {
        return new Point(point.variant, point.name, resolve(point.values, config), point.origin);
    }

    private static Config resolve(Config values, Config run) {
        Config seeded = auto(values, SEED, run.getValue(SEED), 0);
        ConfigValue k = at(seeded, "k");
        return k == null ? seeded : auto(seeded, TARGET, k, 1);
    }

    /** @param otherwise taken where the value is no number, which is noted under the value's own key and need not be here */
    private static Config auto(Config values, String path, ConfigValue value, int otherwise) {
        if (!ConfigReader.isAuto(at(values, path))) {
            return values;
        }
        return values.withValue(path, number(value).isPresent() ? value : ConfigValueFactory.fromAnyRef(otherwise));
    }

    /** The name given, or the variant, and every value in which this job differs from another one like it. */
    private static String name(int job, List<Point> points, List<Point> resolved) {
        Point mine = resolved.get(job);
        StringBuilder name = new StringBuilder(mine.name.orElse(mine.variant));
        for (String path : VALUES) {
            boolean differs = false;
            for (int i = 0; i < points.size(); i++) {
                differs |= mine.alike(resolved.get(i))
                        && !label(points.get(i), path).equals(label(points.get(job), path))
                        && !label(resolved.get(i), path).equals(label(mine, path));
            }
            if (differs) {
                name.append('-').append(path.replace('.', '-')).append(label(mine, path));
            }
        }
        return name.toString();
    }

    private static String label(Point point, String path) {
        ConfigValue value = at(point.values, path);
        return value == null ? "" : number(value).orElse("");
    }

    private static Optional<String> number(ConfigValue value) {
        try {
            return Optional.of(Scalars.plain(Scalars.number(value, "a number")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private List<String> known() {
        return config.getObject("variants").keySet().stream().sorted().toList();
    }

    private static @Nullable ConfigValue at(Config values, String path) {
        ConfigValue value = values.root();
        for (String key : path.split("\\.")) {
            value = value instanceof ConfigObject block ? block.get(key) : null;
        }
        return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
    }

    /** The paths inside a job, the seed last: {@code topk-k64-seed2}. */
    private static List<String> values() {
        List<String> paths = new ArrayList<>(Keys.leaves(JobConfig.class, ""));
        paths.removeAll(GIVEN);
        paths.remove(SEED);
        paths.add(SEED);
        return List.copyOf(paths);
    }
}
