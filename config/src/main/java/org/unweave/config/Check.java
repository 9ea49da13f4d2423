package org.unweave.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The checks of the records' constructors. Each failure names the key, in the spelling of the config file. */
final class Check {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private Check() {}

    static void that(boolean holds, String key, String problem) {
        if (!holds) {
            throw new InvalidValueException(key, problem);
        }
    }

    static void id(String key, String value) {
        that(ID.matcher(value).matches(), key, "\"" + value + "\" is not a name of the form " + ID.pattern());
    }

    static void atLeast(String key, long value, long least) {
        that(value >= least, key, value + " is below the least value " + least);
    }

    static void within(String key, double value, double least, double most) {
        that(value >= least && value <= most, key, value + " is outside " + least + " to " + most);
    }

    /** Zero or more, and finite. */
    static void notNegative(String key, double value) {
        that(value >= 0 && Double.isFinite(value), key, value + " is below 0 or not finite");
    }

    static void positive(String key, Duration value) {
        that(value.isPositive(), key, Units.text(value) + " is not above 0");
    }

    static <T> void distinct(String key, List<T> values) {
        Set<T> seen = new HashSet<>();
        for (T value : values) {
            that(seen.add(value), key, value + " stands there twice");
        }
    }

    static void positive(String key, double value) {
        that(value > 0 && Double.isFinite(value), key, value + " is not above 0, or not finite");
    }
}
