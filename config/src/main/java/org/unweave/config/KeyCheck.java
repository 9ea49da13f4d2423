package org.unweave.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds keys that no record has. The parser would let them pass, and a run would go on with a default that was not meant. */
final class KeyCheck {
    private final Problems problems;

    KeyCheck(Problems problems) {
        this.problems = problems;
    }

    /**
     * @param without keys of the record that a file may not give here
     * @param beside keys that the file may give here and that are checked elsewhere
     */
    void check(Class<?> type, ConfigObject block, String path, List<String> without, List<String> beside) {
        Map<String, RecordComponent> components = new HashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            components.put(Keys.of(component), component);
        }
        components.keySet().removeAll(without);
        List<String> known = new ArrayList<>(components.keySet());
        known.addAll(beside);
        block.forEach((key, value) -> {
            if (!known.contains(key)) {
                unknown(key, value, path, known);
            } else if (components.containsKey(key)) {
                inside(components.get(key), value, Keys.join(path, key));
            }
        });
    }

    /** Notes a key that is none of those known. */
    void unknown(String key, ConfigValue value, String path, List<String> known) {
        String meant = elsewhere(key)
                .or(() -> Keys.nearest(key, known).map(near -> Keys.join(path, near)))
                .map(near -> "; did you mean " + near + "?")
                .orElse("");
        problems.add(value.origin(), "unknown key " + Keys.join(path, key) + meant);
    }

    private void inside(RecordComponent component, ConfigValue value, String path) {
        if (component.getType().isRecord() && value instanceof ConfigObject inner) {
            check(component.getType(), inner, path, List.of(), List.of());
            return;
        }
        if (value instanceof ConfigList items) {
            Keys.itemRecord(component)
                    .ifPresent(type -> items.forEach(item -> {
                        if (item instanceof ConfigObject inner) {
                            check(type, inner, path, List.of(), List.of());
                        }
                    }));
        }
    }

    /** The place of a key that was written into the wrong block, as k for job.k. */
    private static Optional<String> elsewhere(String key) {
        List<String> paths = new ArrayList<>(Keys.leaves(RunConfig.class, ""));
        paths.addAll(Keys.leaves(JobConfig.class, "job"));
        paths.removeAll(List.of("job.name", "job.variant"));
        return paths.stream().filter(path -> path.endsWith("." + key)).findFirst();
    }
}
