package org.unweave.cluster.watch;

import java.util.Locale;

/** Numbers, times and sizes as people read them, and text that a terminal may be shown. */
final class Words {
    private static final double KIB = 1024;
    private static final String NONE = "-";

    private Words() {}

    /** Three figures or so; a hyphen for what is no number. */
    static String number(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return NONE;
        }
        if (size != 0 && (size < 0.0005 || size >= 1e7)) {
            return format("%.1e", value);
        }
        return size < 10 ? format("%.3f", value) : size < 1000 ? format("%.1f", value) : format("%.0f", value);
    }

    static String whole(double value) {
        return Double.isFinite(value) ? format("%,.0f", value) : NONE;
    }

    static String oneDigit(double value) {
        return Double.isFinite(value) ? format("%.1f", value) : NONE;
    }

    static String threeDigits(double value) {
        return Double.isFinite(value) ? format("%.3f", value) : NONE;
    }

    /** A share from 0 to 1. */
    static String percent(double share) {
        return Double.isFinite(share) ? format("%.1f%%", 100 * share) : NONE;
    }

    /** {@code m:ss} or {@code h:mm:ss}. */
    static String clock(double seconds) {
        if (!Double.isFinite(seconds) || seconds < 0) {
            return NONE;
        }
        long whole = Math.round(seconds);
        return whole >= 3600
                ? format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : format("%d:%02d", whole / 60, whole % 60);
    }

    static String size(double bytes) {
        if (bytes >= KIB * KIB * KIB) {
            return format("%.1f GiB", bytes / KIB / KIB / KIB);
        }
        return bytes >= KIB * KIB ? format("%.1f MiB", bytes / KIB / KIB) : format("%.0f KiB", bytes / KIB);
    }

    /** One line, without what a terminal would obey. */
    static String clean(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+", " ").strip();
    }

    @SuppressWarnings("AnnotateFormatMethod")
    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
