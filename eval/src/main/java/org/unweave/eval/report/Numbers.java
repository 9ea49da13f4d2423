package org.unweave.eval.report;

import java.time.Duration;
import java.util.Locale;

/** Numbers as the table and the report print them, the same in every locale. */
final class Numbers {
    static final String MISSING = "-";

    private Numbers() {}

    static String fixed(double value, int decimals) {
        if (!Double.isFinite(value)) {
            return MISSING;
        }
        return withoutNegativeZero(String.format(Locale.ROOT, "%." + decimals + "f", value));
    }

    /** A difference, with its sign. */
    static String signed(double value, int decimals) {
        String number = fixed(value, decimals);
        return number.equals(MISSING) || number.startsWith("-") ? number : "+" + number;
    }

    static String percent(double share) {
        return Double.isFinite(share)
                ? withoutNegativeZero(String.format(Locale.ROOT, "%.1f", 100 * share)) + "%"
                : MISSING;
    }

    static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Four significant digits, for values whose size is not known beforehand. */
    static String significant(double value) {
        if (!Double.isFinite(value)) {
            return MISSING;
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return whole((long) value);
        }
        double size = Math.abs(value);
        if (size >= 1e5 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.3e", value);
        }
        int decimals = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    static String duration(double seconds) {
        if (!Double.isFinite(seconds) || seconds < 0) {
            return MISSING;
        }
        Duration time = Duration.ofMillis(Math.round(seconds * 1000));
        if (time.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        if (time.toHours() == 0) {
            return time.toMinutes() + " min " + time.toSecondsPart() + " s";
        }
        return time.toHours() + " h " + time.toMinutesPart() + " min";
    }

    private static String withoutNegativeZero(String text) {
        return text.matches("-0(\\.0+)?") ? text.substring(1) : text;
    }
}
