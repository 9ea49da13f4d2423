package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The strict reader of configurations. A later layer wins:
 *
 * <ol>
 *   <li>{@code reference.conf}, where every default stands, each with its unit and range
 *   <li>a preset, or a file, whose keys are those of reference.conf without the leading {@code unweave.}; a file can
 *       {@code include} a preset or another file
 *   <li>the environment: {@code UNWEAVE_CACHE} is {@code cache}
 *   <li>overrides, {@code key=value}
 * </ol>
 *
 * <p>{@code job.k=64} is the default of all jobs, {@code variants.topk.k=64} of those of a variant, and
 * {@code jobs.topk.k=64} sets it in the entries of {@code jobs} that have this variant or give themselves this name.
 *
 * <p>Whatever is wrong is told at once, in one {@link InvalidConfigException}.
 */
public final class ConfigReader {
    private static final String JOB = "job";
    private static final String JOBS = "jobs";
    private static final List<String> CONTROL = List.of("rules", "hooks", "added");

    /** The blocks of a file: a run's own keys, and what jobs are made from. */
    static final List<String> KEYS = keys();

    private static final String AUTO = "auto";
    private static final String CACHE = "UNWEAVE_CACHE";
    private static final List<String> PROCESSORS = List.of("model.threads", "slots.cpu");
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private ConfigReader() {}

    /** What a configuration takes from the machine. */
    record Surroundings(Map<String, String> environment, Path home, int processors, Clock clock) {
        Surroundings {
            environment = Map.copyOf(environment);
        }

        static Surroundings ofProcess(Clock clock) {
            return new Surroundings(
                    System.getenv(),
                    Path.of(System.getProperty("user.home")),
                    Runtime.getRuntime().availableProcessors(),
                    clock);
        }
    }

    /**
     * Reads the configuration of a new run.
     *
     * @param presetOrFile a preset's name, or the path of a file
     * @param overrides each {@code key=value}
     * @param clock the time in the run's name, where none is given
     * @throws InvalidConfigException with every problem that was found
     */
    public static RunConfig read(String presetOrFile, List<String> overrides, Clock clock) {
        return read(presetOrFile, overrides, Surroundings.ofProcess(clock));
    }

    /**
     * Reads a file that {@link #render} wrote. Every key must be there: a run goes on with what it began with, not with
     * defaults that may have changed since. Only rules, hooks and added jobs may be left out, and are then none.
     *
     * @throws InvalidConfigException with every problem that was found
     */
    public static RunConfig readResolved(Path file) {
        return readResolved(file, List.of());
    }

    /**
     * As {@link #readResolved(Path)}, with overrides of the run's keys; those of single jobs are refused.
     *
     * @param overrides each {@code key=value}
     */
    public static RunConfig readResolved(Path file, List<String> overrides) {
        return readResolved(file, overrides, ConfigFactory.empty());
    }

    /**
     * As {@link #readResolved(Path, List)}, of a text.
     *
     * @param place how problems call it
     */
    public static RunConfig readResolvedText(String text, String place, List<String> overrides) {
        return resolved(
                problems -> new Sources(problems).parseText(text, place), place, overrides, ConfigFactory.empty());
    }

    /**
     * As {@link #readResolved(Path, List)}, to judge what a run has trained by the evaluations of today: keys of theirs
     * that its file does not have have their defaults, and those that are no more are passed over. What was not known when
     * the run was made, as labelled texts, has its default too: then it is left out.
     */
    public static RunConfig readForEvaluation(Path file, List<String> overrides) {
        Config reference = Sources.reference();
        return readResolved(
                file,
                overrides,
                reference
                        .withOnlyPath("eval")
                        .withFallback(reference.withOnlyPath("labelled"))
                        .withFallback(reference.withOnlyPath("exchange"))
                        .withFallback(reference.withOnlyPath(JOB)));
    }

    private static RunConfig readResolved(Path file, List<String> overrides, Config defaults) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidConfigException(List.of(file + ": there is no such file"));
        }
        return resolved(problems -> new Sources(problems).parse(file.toString()), file.toString(), overrides, defaults);
    }

    private static RunConfig resolved(
            Function<Problems, Sources.Parsed> source, String place, List<String> overrides, Config defaults) {
        Problems problems = new Problems();
        Overrides set = Overrides.parse(overrides, problems);
        set.ofJobs()
                .forEach(
                        one -> problems.add(one.block().origin(), "the jobs of a run that was begun stay as they are"));
        Sources.Parsed parsed = source.apply(problems);
        problems.throwIfAny();
        ConfigObject root = resolve(
                        set.config()
                                .withFallback(withoutGone(completedJobs(parsed.config(), defaults), defaults))
                                .withFallback(defaults.withoutPath(JOB))
                                .withFallback(control()),
                        place,
                        problems)
                .root();
        new KeyCheck(problems).check(RunConfig.class, root, "", List.of(), List.of());
        // What is written is already expanded, so a ~ in it is a folder of that name.
        Binder binder = new Binder(new Scalars(Path.of("~")), problems);
        return bound(binder.bind(RunConfig.class, root, null, ""), problems);
    }

    /** The defaults of what a run began without when there was none of it, and goes on without. */
    private static Config control() {
        Config reference = Sources.reference();
        Config control = ConfigFactory.empty();
        for (String key : CONTROL) {
            control = control.withFallback(reference.withOnlyPath(key));
        }
        return control;
    }

    /** A file's config, whose jobs have the defaults' values of the keys that they lack. */
    private static Config completedJobs(Config config, Config defaults) {
        if (!defaults.hasPath(JOB) || !config.hasPath(JOBS) || !(config.getValue(JOBS) instanceof ConfigList jobs)) {
            return config;
        }
        ConfigValue job = defaults.getValue(JOB);
        return config.withValue(
                JOBS,
                ConfigValueFactory.fromIterable(
                        jobs.stream().map(one -> one.withFallback(job)).toList(),
                        jobs.origin().description()));
    }

    /** A file's config less the keys that stand in a block of the defaults' and are not there. */
    private static Config withoutGone(Config config, Config defaults) {
        Config kept = config;
        for (String block : defaults.root().keySet()) {
            if (config.hasPath(block) && config.getValue(block) instanceof ConfigObject) {
                for (Map.Entry<String, ConfigValue> entry :
                        config.getConfig(block).entrySet()) {
                    String key = block + "." + entry.getKey();
                    kept = defaults.hasPathOrNull(key) ? kept : kept.withoutPath(key);
                }
            }
        }
        return kept;
    }

    /** The configuration as a file: every key, jobs expanded. {@link #readResolved} makes an equal record of it. */
    public static String render(RunConfig config) {
        return ResolvedText.render(config);
    }

    /** A line for each value that is not the same, {@code train.rows: 65536 -> 131072}; none where all are. */
    public static List<String> differences(RunConfig from, RunConfig to) {
        return ResolvedText.differences(from, to);
    }

    /**
     * One job of a variant with the defaults, apart from any run.
     *
     * @param overrides each {@code key=value}, as {@code job.k=64}
     * @throws InvalidConfigException with every problem that was found
     */
    public static JobConfig job(String variant, List<String> overrides) {
        List<String> all = new ArrayList<>(overrides);
        all.add("jobs=[{ variant = " + ConfigUtil.quoteString(variant) + " }]");
        all.add("labelled.set=any"); // Whether there are such texts is its run's affair.
        return read("quick", all, Clock.systemUTC()).jobs().getFirst();
    }

    /** The names of the presets. */
    public static List<String> presets() {
        return Sources.PRESETS;
    }

    /** The variants that have a block of defaults, and so can be trained, in alphabetical order. */
    public static List<String> variants() {
        return Sources.reference().getObject("variants").keySet().stream()
                .sorted()
                .toList();
    }

    static RunConfig read(String presetOrFile, List<String> overrides, Surroundings surroundings) {
        Problems problems = new Problems();
        Sources.Parsed parsed = new Sources(problems).parse(presetOrFile);
        Overrides set = Overrides.parse(overrides, problems);
        problems.throwIfAny();

        Config reference = Sources.reference();
        Config defaults = automatic(reference, parsed.name(), surroundings);
        Config merged = set.config()
                .withFallback(environment(surroundings))
                .withFallback(parsed.config())
                .withFallback(reference);
        Config config = resolve(merged, presetOrFile, problems);
        checkKeys(config, reference, set, problems);

        Binder binder = new Binder(new Scalars(surroundings.home()), problems);
        config = automatic(config, parsed.name(), surroundings);
        List<JobConfig> jobs = jobs(config, reference, set, binder, problems);
        RunConfig run = binder.bind(
                RunConfig.class,
                config.root(),
                defaults.root(),
                "",
                Map.of("preset", parsed.name(), "jobs", jobs == null ? List.of() : jobs),
                jobs == null ? Set.of("jobs") : Set.of());
        return bound(run, problems);
    }

    static boolean isAuto(@Nullable ConfigValue value) {
        return value != null && AUTO.equals(value.unwrapped());
    }

    private static @Nullable List<JobConfig> jobs(
            Config config, Config reference, Overrides set, Binder binder, Problems problems) {
        ConfigObject job = binder.block(config.getValue("job"), "job");
        ConfigObject variants = binder.block(config.getValue("variants"), "variants");
        if (job == null || variants == null) {
            return null;
        }
        boolean whole = true;
        for (Map.Entry<String, ConfigValue> variant : variants.entrySet()) {
            whole &= binder.block(variant.getValue(), "variants." + variant.getKey()) != null;
        }
        return whole ? new JobBlocks(config, reference, set.ofJobs(), binder, problems).read() : null;
    }

    private static RunConfig bound(@Nullable RunConfig config, Problems problems) {
        problems.throwIfAny();
        if (config == null) {
            throw new IllegalStateException("a configuration was refused without a reason");
        }
        return config;
    }

    static Config resolve(Config config, String place, Problems problems) {
        try {
            return config.resolve();
        } catch (ConfigException e) {
            problems.add(place, e);
            problems.throwIfAny();
            throw e;
        }
    }

    private static Config environment(Surroundings surroundings) {
        String cache = surroundings.environment().getOrDefault(CACHE, "");
        if (cache.isBlank()) {
            return ConfigFactory.empty();
        }
        ConfigOrigin origin = ConfigOriginFactory.newSimple("the environment's " + CACHE);
        return ConfigValueFactory.fromAnyRef(cache).withOrigin(origin).atKey("cache");
    }

    /** Puts in what a value of {@code auto} stands for, outside jobs. */
    private static Config automatic(Config config, String preset, Surroundings surroundings) {
        Config automatic = config;
        for (String path : PROCESSORS) {
            automatic = automatic(automatic, path, surroundings.processors());
        }
        return automatic(
                automatic,
                "name",
                slug(preset) + "-" + STAMP.format(surroundings.clock().instant()));
    }

    private static Config automatic(Config config, String path, Object value) {
        if (!config.hasPath(path) || !isAuto(config.getValue(path))) {
            return config;
        }
        return config.withValue(
                path,
                ConfigValueFactory.fromAnyRef(value)
                        .withOrigin(config.getValue(path).origin()));
    }

    /** A file may be named in ways that a run's folder may not. */
    private static String slug(String name) {
        String slug =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._]+", "-").replaceAll("^[^a-z0-9]+|-+$", "");
        return slug.isEmpty() ? "run" : slug.substring(0, Math.min(slug.length(), 48));
    }

    static void checkKeys(Config config, Config reference, Overrides set, Problems problems) {
        KeyCheck check = new KeyCheck(problems);
        check.check(
                RunConfig.class,
                config.root().withoutKey("jobs"),
                "",
                List.of("preset"),
                List.of("job", "jobs", "variants"));
        List<String> outside = JobBlocks.GIVEN;
        if (config.root().get("job") instanceof ConfigObject job) {
            check.check(JobConfig.class, job, "job", outside, List.of());
        }
        if (config.root().get("variants") instanceof ConfigObject variants) {
            List<String> known = List.copyOf(reference.getObject("variants").keySet());
            variants.forEach((variant, value) -> {
                if (!known.contains(variant)) {
                    check.unknown(variant, value, "variants", known);
                } else if (value instanceof ConfigObject block) {
                    check.check(JobConfig.class, block, "variants." + variant, outside, List.of());
                }
            });
        }
        if (config.root().get("jobs") instanceof List<?> entries) {
            for (Object entry : entries) {
                if (entry instanceof ConfigObject block) {
                    check.check(JobConfig.class, block, "jobs", List.of(), List.of());
                }
            }
        }
        set.ofJobs()
                .forEach(override -> check.check(
                        JobConfig.class, override.block(), "jobs." + override.selector(), outside, List.of()));
    }

    private static List<String> keys() {
        List<String> keys = new ArrayList<>(Keys.of(RunConfig.class));
        keys.remove("preset");
        keys.addAll(List.of("job", "variants"));
        return List.copyOf(keys);
    }
}
