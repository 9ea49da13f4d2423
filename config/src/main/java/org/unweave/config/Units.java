package org.unweave.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and byte sizes as a config file writes them: a number, then a unit. A number alone is refused. */
final class Units {
    private static final Pattern QUANTITY = Pattern.compile("(-?[0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]+)");

    /** Nanoseconds of each unit, the largest first. */
    private static final Map<String, Long> DURATIONS = new LinkedHashMap<>();

    /** Bytes of each unit, the largest first; those of powers of 1000 are read but never written. */
    private static final Map<String, Long> SIZES = new LinkedHashMap<>();

    static {
        DURATIONS.put("d", Duration.ofDays(1).toNanos());
        DURATIONS.put("h", Duration.ofHours(1).toNanos());
        DURATIONS.put("m", Duration.ofMinutes(1).toNanos());
        DURATIONS.put("s", Duration.ofSeconds(1).toNanos());
        DURATIONS.put("ms", 1_000_000L);
        DURATIONS.put("us", 1_000L);
        DURATIONS.put("ns", 1L);
        SIZES.put("TiB", 1L << 40);
        SIZES.put("GiB", 1L << 30);
        SIZES.put("MiB", 1L << 20);
        SIZES.put("KiB", 1L << 10);
        SIZES.put("B", 1L);
        SIZES.put("TB", 1_000_000_000_000L);
        SIZES.put("GB", 1_000_000_000L);
        SIZES.put("MB", 1_000_000L);
        SIZES.put("kB", 1_000L);
    }

    private Units() {}

    static Duration duration(String text) {
        return Duration.ofNanos(amount(text, "a duration", "100 ms", DURATIONS));
    }

    static long bytes(String text) {
        return amount(text, "a size", "8 GiB", SIZES);
    }

    static String text(Duration duration) {
        return text(duration.toNanos(), DURATIONS);
    }

    static String text(long bytes) {
        return text(bytes, SIZES);
    }

    private static long amount(String text, String what, String example, Map<String, Long> units) {
        Matcher matcher = QUANTITY.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "wants " + what + " with its unit, as in " + example + ", but is \"" + text + "\"");
        }
        Long unit = units.get(matcher.group(2));
        if (unit == null) {
            throw new IllegalArgumentException("\"" + text + "\" has an unknown unit, " + matcher.group(2)
                    + "; units are " + String.join(", ", units.keySet()));
        }
        try {
            return new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(unit))
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is too large or too fine for " + what, e);
        }
    }

    private static String text(long amount, Map<String, Long> units) {
        for (Map.Entry<String, Long> unit : units.entrySet()) {
            if (amount % unit.getValue() == 0) {
                return amount / unit.getValue() + " " + unit.getKey();
            }
        }
        throw new IllegalStateException("the smallest unit is 1");
    }
}
