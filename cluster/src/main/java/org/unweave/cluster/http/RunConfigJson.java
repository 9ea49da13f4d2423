package org.unweave.cluster.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The config of a run, and of each of its jobs, and in which keys the jobs differ. */
final class RunConfigJson {
    private static final String JOBS = "jobs";
    private static final String NAME = "name";

    private RunConfigJson() {}

    /** @throws IllegalArgumentException if the text is no config of a run */
    static ObjectNode of(String run, String text) {
        try {
            Config config = ConfigFactory.parseString(text);
            List<? extends Config> jobs = config.getConfigList(JOBS);
            ObjectNode json = Json.MAPPER.createObjectNode();
            json.put("run", run);
            json.put("text", text);
            json.set(
                    "config",
                    Json.MAPPER.valueToTree(config.withoutPath(JOBS).root().unwrapped()));
            ArrayNode all = json.putArray(JOBS);
            for (Config job : jobs) {
                all.addObject()
                        .put("job", job.getString(NAME))
                        .set("config", Json.MAPPER.valueToTree(job.root().unwrapped()));
            }
            ArrayNode differ = json.putArray("differ");
            differing(jobs).forEach(differ::add);
            return json;
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Set<String> differing(List<? extends Config> jobs) {
        List<Map<String, ConfigValue>> flat = new ArrayList<>();
        for (Config job : jobs) {
            flat.add(job.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        }
        Set<String> keys = new TreeSet<>();
        flat.forEach(job -> keys.addAll(job.keySet()));
        keys.remove(NAME);
        keys.removeIf(key -> {
            Set<Optional<Object>> values = new HashSet<>();
            flat.forEach(job -> values.add(Optional.ofNullable(job.get(key)).map(ConfigValue::unwrapped)));
            return values.size() < 2;
        });
        return keys;
    }
}
