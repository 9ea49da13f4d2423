package org.unweave.eval.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The look of each SAE, the same in every plot of a run: a colour for each variant, dashes for its training seeds. */
final class Palette {
    static final Color INK = new Color(0x22, 0x26, 0x2B);
    static final Color FAINT_INK = new Color(0x5A, 0x62, 0x6B);
    static final Color GRID = new Color(0xE4, 0xE7, 0xEB);
    static final Color SILENT = new Color(0xB4, 0xBB, 0xC4);

    /** Okabe and Ito's colours (2008), told apart under the common colour vision deficiencies; yellow is too light. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x00, 0x72, 0xB2),
            new Color(0xD5, 0x5E, 0x00),
            new Color(0x00, 0x9E, 0x73),
            new Color(0xCC, 0x79, 0xA7),
            new Color(0xE6, 0x9F, 0x00),
            new Color(0x56, 0xB4, 0xE9));

    private static final List<float[]> DASHES =
            List.of(new float[] {1, 0}, new float[] {12, 6}, new float[] {3, 5}, new float[] {14, 5, 3, 5});
    private static final List<Marker> MARKERS = List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.TRIANGLE_DOWN);

    /** How one SAE is drawn. */
    record Look(Color colour, BasicStroke stroke, Marker marker) {}

    private static final Color GREY = new Color(0x8A, 0x92, 0x9B);
    private static final List<Look> CONTROLS = List.of(
            new Look(GREY, stroke(1), SeriesMarkers.CROSS),
            new Look(mixed(GREY, Color.BLACK, 0.35), stroke(2), SeriesMarkers.PLUS),
            new Look(mixed(GREY, Color.WHITE, 0.25), stroke(3), SeriesMarkers.DIAMOND));
    static final Look MODEL = new Look(INK, stroke(0), SeriesMarkers.PLUS);

    private final Map<String, Look> looks = new LinkedHashMap<>();

    Palette(List<String> saes) {
        Map<String, Integer> variants = new LinkedHashMap<>();
        Map<String, Integer> seeds = new LinkedHashMap<>();
        int control = 0;
        for (String name : saes) {
            if (Evaluation.control(name)) {
                looks.put(name, CONTROLS.get(control++ % CONTROLS.size()));
            } else {
                String variant = RunFiles.withoutSeed(name);
                int colour = variants.computeIfAbsent(variant, one -> variants.size());
                looks.put(name, trained(colour, seeds.merge(variant, 1, Integer::sum) - 1));
            }
        }
    }

    Look of(String sae) {
        return looks.getOrDefault(sae, MODEL);
    }

    /** Of one of several curves of a colour each, its stroke and marker by another number. */
    static Look of(int colour, int stroke) {
        return new Look(
                shade(COLOURS.get(colour % COLOURS.size()), colour / COLOURS.size()),
                stroke(stroke % DASHES.size()),
                MARKERS.get(stroke % MARKERS.size()));
    }

    /** Seeds of one variant have its colour and marker, and dashes of their own. */
    private static Look trained(int index, int seed) {
        int round = index / COLOURS.size();
        return new Look(
                shade(COLOURS.get(index % COLOURS.size()), round),
                stroke((round + seed) % DASHES.size()),
                MARKERS.get((index + round) % MARKERS.size()));
    }

    /** Further rounds through the colours are darker, then lighter: bars have no dashes to tell them apart. */
    private static Color shade(Color colour, int round) {
        return switch (round % 3) {
            case 1 -> mixed(colour, Color.BLACK, 0.42);
            case 2 -> mixed(colour, Color.WHITE, 0.45);
            default -> colour;
        };
    }

    private static Color mixed(Color colour, Color other, double share) {
        return new Color(
                (int) Math.round(colour.getRed() * (1 - share) + other.getRed() * share),
                (int) Math.round(colour.getGreen() * (1 - share) + other.getGreen() * share),
                (int) Math.round(colour.getBlue() * (1 - share) + other.getBlue() * share));
    }

    private static BasicStroke stroke(int dash) {
        return new BasicStroke(3f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, DASHES.get(dash), 0f);
    }
}
