package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The keys of a job that may change while it trains, by the rules of {@link JobConfig}. All others are fixed: they decide
 * the shapes of its weights, its schedule, its data, or which terms it has.
 *
 * <p>A weight of 0 leaves its term out, so it stays 0, and one above 0 stays above it. A key of no effect in a job is
 * refused. {@code target-l0} goes along with {@code k} where the two are the same.
 */
public final class LiveKeys {
    /** In the order in which they are told. */
    public static final List<String> ALL = List.of(
            "learning-rate",
            "gradient-clip",
            "k",
            "target-l0",
            "aux-k.weight",
            "sparsity.initial",
            "sparsity.gain",
            "sparsity.integral-gain",
            "similarity.weight",
            "similarity.deviations",
            "adversarial.weight",
            "adversarial.floor",
            "orthogonality.weight",
            "contrastive.weight",
            "contrastive.temperature",
            "jump.weight",
            "jump.bandwidth");

    private static final String K = "k";
    private static final String TARGET = "target-l0";
    private static final String WEIGHT = "weight";
    private static final String AUX_K = "aux-k";
    private static final List<String> STEERED = List.of(TARGET, "sparsity.gain", "sparsity.integral-gain");

    private LiveKeys() {}

    /**
     * The job with other values, each as text as in a config file.
     *
     * @throws InvalidConfigException with every problem that was found
     */
    public static JobConfig changed(JobConfig job, Map<String, String> values) {
        Problems problems = new Problems();
        if (values.isEmpty()) {
            problems.add("set", "wants key=value, as in learning-rate=0.0001; keys that may change: " + all());
        }
        Map<String, String> ordered = new TreeMap<>(values);
        ordered.forEach((key, value) -> unfit(job, key).ifPresent(problem -> problems.add(place(key, value), problem)));
        problems.throwIfAny();
        Config config = ConfigFactory.parseString(
                ResolvedText.render(job), ConfigParseOptions.defaults().setOriginDescription("job " + job.name()));
        String k = ordered.get(K);
        if (k != null && !ordered.containsKey(TARGET) && job.targetL0() == job.k()) {
            config = config.withValue(TARGET, number(k, place(K, k)));
        }
        for (Map.Entry<String, String> one : ordered.entrySet()) {
            config = config.withValue(one.getKey(), number(one.getValue(), place(one.getKey(), one.getValue())));
        }
        // Paths were expanded when the job was made; none of these keys is one.
        Binder binder = new Binder(new Scalars(Path.of("~")), problems);
        JobConfig changed = binder.bind(JobConfig.class, config.root(), null, "");
        problems.throwIfAny();
        if (changed == null) {
            throw new IllegalStateException("a change was refused without a reason");
        }
        ordered.forEach((key, value) -> {
            if (isTermWeight(key) && value(changed, key) == 0) {
                problems.add(
                        place(key, value),
                        key + ": 0 leaves the term out, and which terms a job has is decided before it trains; give a"
                                + " small number");
            }
        });
        problems.throwIfAny();
        return changed;
    }

    /** The value of one of these keys. */
    public static double value(JobConfig job, String key) {
        if (!ALL.contains(key)) {
            throw new IllegalArgumentException(key + " is none of " + ALL);
        }
        return Double.parseDouble(String.valueOf(ResolvedText.values(job).get(key)));
    }

    // All keys are numbers: the text is taken as it is, so that it can include or resolve nothing.
    private static ConfigValue number(String value, String place) {
        return ConfigValueFactory.fromAnyRef(value.strip()).withOrigin(ConfigOriginFactory.newSimple(place));
    }

    private static String place(String key, String value) {
        return "set " + key + "=" + value;
    }

    private static String all() {
        return String.join(", ", ALL);
    }

    /** Why a key cannot change in a job. */
    private static Optional<String> unfit(JobConfig job, String key) {
        if (!ALL.contains(key)) {
            boolean known = Keys.leaves(JobConfig.class, "").contains(key);
            String meant = known
                    ? ""
                    : Keys.nearest(key, ALL)
                            .map(near -> "; did you mean " + near + "?")
                            .orElse("");
            return Optional.of((known ? key + " is fixed while a job trains" : "unknown key " + key + meant)
                    + "; keys that may change: " + all());
        }
        return ofNoEffect(job, key).map(reason -> key + " has no effect in " + job.name() + ": " + reason);
    }

    private static Optional<String> ofNoEffect(JobConfig job, String key) {
        String block = key.contains(".") ? key.substring(0, key.indexOf('.')) : "";
        return switch (block) {
            case "" -> ofNumber(job, key);
            case "sparsity" ->
                job.keepsNumber() || job.learnsThresholds()
                        ? Optional.of("it has no penalty that is steered")
                        : steered(job, key);
            case "jump" -> job.learnsThresholds() ? Optional.empty() : Optional.of("it has no learned thresholds");
            case AUX_K -> job.keepsNumber() ? withTerm(job, block) : Optional.of("it has no such term");
            default -> job.takesTerms() ? withTerm(job, block) : Optional.of(job.variant() + " takes no such term");
        };
    }

    private static Optional<String> ofNumber(JobConfig job, String key) {
        return switch (key) {
            case K ->
                job.keepsNumber() ? Optional.empty() : Optional.of("it keeps no number of latents; set " + TARGET);
            case TARGET -> job.keepsNumber() ? Optional.of("it keeps k latents a row; set k") : steered(job, key);
            default -> Optional.empty();
        };
    }

    private static Optional<String> steered(JobConfig job, String key) {
        return STEERED.contains(key) && job.asDictionaryLearning() && !job.learnsThresholds()
                ? Optional.of("its penalty is constant, under compatibility = dictionary-learning")
                : Optional.empty();
    }

    private static Optional<String> withTerm(JobConfig job, String block) {
        String weight = Keys.join(block, WEIGHT);
        return value(job, weight) > 0
                ? Optional.empty()
                : Optional.of(weight + " is 0, so it has no such term, and which it has is decided before it trains");
    }

    private static boolean isTermWeight(String key) {
        return key.endsWith("." + WEIGHT);
    }
}
