package org.unweave.cluster.watch;

import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * What bars and curves are drawn with.
 *
 * @param sparks from low to high
 */
public record Glyphs(String ellipsis, String full, String empty, String rule, String sparks) {
    private static final Glyphs UNICODE =
            new Glyphs("\u2026", "\u2588", "\u2591", "\u2501", "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588");
    private static final Glyphs ASCII = new Glyphs("~", "#", ".", "-", "_.-=+*#");

    /** Those that an encoding has. */
    public static Glyphs of(Charset encoding) {
        return encoding.newEncoder().canEncode(UNICODE.ellipsis + UNICODE.full + UNICODE.sparks) ? UNICODE : ASCII;
    }

    /** A bar of a width for a share from 0 to 1. */
    String bar(double share, int width) {
        int filled = (int) Math.round(Math.clamp(share, 0, 1) * width);
        return full.repeat(filled) + empty.repeat(width - filled);
    }

    /** A curve in one line of a width. */
    String sparkline(Curve curve, int width) {
        double[] parts = curve.parts(width);
        double least = Arrays.stream(parts).min().orElse(0);
        double range = Arrays.stream(parts).max().orElse(0) - least;
        StringBuilder line = new StringBuilder();
        for (double part : parts) {
            double share = range > 0 ? (part - least) / range : 0;
            line.append(sparks.charAt((int) Math.round(share * (sparks.length() - 1))));
        }
        return line.toString();
    }
}
