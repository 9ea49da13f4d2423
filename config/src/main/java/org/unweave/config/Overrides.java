package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * The overrides of a command line, {@code key=value}; a later one wins. A value that starts with a bracket, a brace or
 * a quote is HOCON; any other is taken as it stands, so that a path needs no quotes of its own.
 *
 * @param config those of the run
 * @param ofJobs those of single jobs, {@code jobs.<variant or name>.<key>=<value>}
 */
record Overrides(Config config, List<OfJob> ofJobs) {
    static final String FLAG = "--set ";
    private static final String JOBS = "jobs";

    /**
     * @param selector a variant, or the name that an entry of {@code jobs} gives itself
     * @param block the keys set
     */
    record OfJob(String selector, ConfigObject block) {}

    Overrides {
        ofJobs = List.copyOf(ofJobs);
    }

    static Overrides parse(List<String> texts, Problems problems) {
        Config config = ConfigFactory.empty();
        List<OfJob> ofJobs = new ArrayList<>();
        for (String text : texts) {
            try {
                int equals = text.indexOf('=');
                if (equals < 1) {
                    problems.add(FLAG + text, "wants key=value, as in " + FLAG + "train.rows=65536");
                    continue;
                }
                List<String> path =
                        ConfigUtil.splitPath(text.substring(0, equals).strip());
                ConfigValue value = value(text.substring(equals + 1).strip(), FLAG + text);
                if (path.size() > 1 && path.getFirst().equals(JOBS)) {
                    ofJob(path, value, ofJobs, problems);
                } else {
                    config = block(path, value).toConfig().withFallback(config);
                }
            } catch (ConfigException e) {
                problems.add(FLAG + text, e);
            }
        }
        return new Overrides(config, ofJobs);
    }

    private static void ofJob(List<String> path, ConfigValue value, List<OfJob> ofJobs, Problems problems) {
        List<String> rest = path.subList(2, path.size());
        if (!rest.isEmpty()) {
            ofJobs.add(new OfJob(path.get(1), block(rest, value)));
        } else if (value instanceof ConfigObject block) {
            ofJobs.add(new OfJob(path.get(1), block));
        } else {
            problems.add(
                    value.origin(), "wants jobs.<variant or name>.<key>=<value>, as in " + FLAG + "jobs.topk.k=64");
        }
    }

    /** The blocks around a value, each with the value's own origin, so that an unknown block is told with its override. */
    private static ConfigObject block(List<String> path, ConfigValue value) {
        ConfigValue inner = value;
        for (String key : path.reversed()) {
            inner = inner.atKey(key).root().withOrigin(value.origin());
        }
        return (ConfigObject) inner;
    }

    static ConfigValue value(String text, String origin) {
        if (text.startsWith("[") || text.startsWith("{") || text.startsWith("\"")) {
            ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(origin);
            return ConfigFactory.parseString("value = " + text, options)
                    .resolve()
                    .getValue("value");
        }
        return ConfigValueFactory.fromAnyRef(text).withOrigin(ConfigOriginFactory.newSimple(origin));
    }
}
