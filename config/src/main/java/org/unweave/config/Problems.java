package org.unweave.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a configuration, in the order in which it was found. A default that fails in many jobs is told once. */
final class Problems {
    /** {@code <what was read>[ @ <its address>]: <line>}, as the parser writes an origin. */
    private static final Pattern ORIGIN = Pattern.compile("(.*?)(?: @ \\S+)?: (\\d+)");

    private final Set<String> lines = new LinkedHashSet<>();

    void add(ConfigOrigin origin, String problem) {
        add(place(origin), problem);
    }

    void add(String place, String problem) {
        lines.add(place + ": " + problem);
    }

    /** Adds what the parser itself refused. */
    void add(String place, ConfigException exception) {
        @Nullable ConfigOrigin origin = exception.origin();
        String message = String.valueOf(exception.getMessage()).replace('\n', ' ');
        if (origin == null || !ORIGIN.matcher(origin.description()).matches()) {
            add(place, message);
            return;
        }
        String prefix = origin.description() + ": ";
        add(origin, message.startsWith(prefix) ? message.substring(prefix.length()) : message);
    }

    boolean none() {
        return lines.isEmpty();
    }

    void throwIfAny() {
        if (!lines.isEmpty()) {
            throw new InvalidConfigException(new ArrayList<>(lines));
        }
    }

    private static String place(ConfigOrigin origin) {
        String description = origin.description();
        Matcher matcher = ORIGIN.matcher(description);
        if (!matcher.matches()) {
            return description;
        }
        // An override has one line, which is no help to anyone.
        return description.startsWith(Overrides.FLAG) ? matcher.group(1) : matcher.group(1) + ":" + matcher.group(2);
    }
}
