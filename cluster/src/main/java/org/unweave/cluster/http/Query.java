package org.unweave.cluster.http;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.japi.Pair;

/** The query of a request. What is wrong with it is a {@link BadQueryException}; so is a name that the route does not know. */
final class Query {
    /** Values of one parameter, at most. */
    private static final int MOST_VALUES = 64;

    private final Map<String, String> given = new TreeMap<>();

    private Query(HttpRequest request, Set<String> known) {
        for (Pair<String, String> one : parameters(request)) {
            if (!known.contains(one.first())) {
                throw new BadQueryException("there is no parameter \"" + Json.shown(one.first()) + "\"" + here(known));
            }
            // Given twice is the same as both by a comma.
            given.merge(one.first(), one.second(), (first, second) -> first + "," + second);
        }
    }

    private static String here(Set<String> known) {
        return known.isEmpty() ? "; none is taken here" : "; there are " + String.join(", ", known);
    }

    private static List<Pair<String, String>> parameters(HttpRequest request) {
        try {
            return request.getUri().query().toList();
        } catch (RuntimeException e) {
            throw new BadQueryException("the query cannot be read: " + e.getMessage());
        }
    }

    /** @param known the parameters that the route takes */
    static Query of(HttpRequest request, String... known) {
        return new Query(request, new LinkedHashSet<>(Arrays.asList(known)));
    }

    /** The text of a parameter, if it was given. */
    Optional<String> text(String name) {
        return Optional.ofNullable(given.get(name));
    }

    /** The values of a parameter, by commas; none where it was not given. */
    List<String> list(String name) {
        String text = given.get(name);
        if (text == null) {
            return List.of();
        }
        List<String> values = Arrays.stream(text.split(",", -1)).distinct().toList();
        if (values.size() > MOST_VALUES) {
            throw new BadQueryException(name + " has " + values.size() + " values, and may have " + MOST_VALUES);
        }
        if (values.stream().anyMatch(String::isEmpty)) {
            throw new BadQueryException(name + " has an empty value; leave it out, or give values by commas");
        }
        return values;
    }

    /** A whole number within bounds. */
    int whole(String name, int least, int most, int absent) {
        String text = given.get(name);
        if (text == null) {
            return absent;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new BadQueryException(
                name + " is \"" + Json.shown(text) + "\", and must be a whole number from " + least + " to " + most);
    }

    /** One of a few words. */
    String word(String name, List<String> words, String absent) {
        String text = given.getOrDefault(name, absent);
        if (!words.contains(text)) {
            throw new BadQueryException(
                    name + " is \"" + Json.shown(text) + "\", and must be one of " + String.join(", ", words));
        }
        return text;
    }
}
