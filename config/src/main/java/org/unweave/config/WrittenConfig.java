package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A run's resolved configuration as it stands in its file, key by key, whichever version wrote it: to look at it and to
 * hold it against another, not to run by it.
 *
 * @param run the run's keys, {@code train.rows}, each with its value as HOCON writes it, sorted
 * @param jobs the keys of each job by the job's name, in the file's order
 */
public record WrittenConfig(Map<String, String> run, Map<String, Map<String, String>> jobs) {
    private static final String JOBS = "jobs";
    private static final String NAME = "name";

    public WrittenConfig {
        run = Collections.unmodifiableMap(new TreeMap<>(run));
        Map<String, Map<String, String>> copies = new LinkedHashMap<>();
        jobs.forEach((job, keys) -> copies.put(job, Collections.unmodifiableMap(new TreeMap<>(keys))));
        jobs = Collections.unmodifiableMap(copies);
    }

    /**
     * @throws InvalidConfigException if the file cannot be read or is no configuration
     */
    public static WrittenConfig read(Path file) {
        try {
            return of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), file.toString());
        } catch (IOException e) {
            throw new InvalidConfigException(List.of(file + " cannot be read (" + e + ")"));
        }
    }

    /**
     * @param place how a problem calls the text
     * @throws InvalidConfigException if the text is no configuration
     */
    public static WrittenConfig of(String text, String place) {
        try {
            Config config = ConfigFactory.parseString(text);
            Map<String, Map<String, String>> jobs = new LinkedHashMap<>();
            if (config.hasPath(JOBS)) {
                for (ConfigValue job : config.getList(JOBS)) {
                    if (job instanceof ConfigObject keys && keys.get(NAME) != null) {
                        jobs.put(String.valueOf(keys.get(NAME).unwrapped()), keys(keys));
                    }
                }
            }
            return new WrittenConfig(keys(config.withoutPath(JOBS).root()), jobs);
        } catch (ConfigException e) {
            throw new InvalidConfigException(List.of(place + " is no configuration: " + e.getMessage()));
        }
    }

    /** A run's value; empty where the file has no such key. */
    public String value(String key) {
        return run.getOrDefault(key, "");
    }

    private static Map<String, String> keys(ConfigObject object) {
        Map<String, String> keys = new TreeMap<>();
        collect("", object, keys);
        return keys;
    }

    private static void collect(String path, ConfigObject object, Map<String, String> keys) {
        object.forEach((name, value) -> {
            String at = path.isEmpty() ? quoted(name) : path + "." + quoted(name);
            if (value instanceof ConfigObject inner) {
                collect(at, inner, keys);
            } else {
                keys.put(at, text(value));
            }
        });
    }

    private static String quoted(String name) {
        return name.matches("[A-Za-z0-9_-]+") ? name : ConfigUtil.quoteString(name);
    }

    private static String text(ConfigValue value) {
        if (value instanceof ConfigList || value.valueType() == ConfigValueType.NULL) {
            return value.render(ConfigRenderOptions.concise());
        }
        return String.valueOf(value.unwrapped());
    }
}
