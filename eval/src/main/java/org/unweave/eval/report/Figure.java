package org.unweave.eval.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.internal.chartpart.Chart;

/** One image: a title, some charts, and one legend beside them, outside every plot. */
final class Figure {
    static final int WIDTH = 1600;
    static final int HEIGHT = 1000;

    private static final int MARGIN = 28;
    private static final int HEADER = 104;
    private static final int SAMPLE_WIDTH = 46;
    private static final int WIDEST_LEGEND = 380;
    private static final int LARGEST_FONT = 19;
    private static final int SMALLEST_FONT = 13;
    private static final int TALLEST_ENTRY = 34;
    private static final int TALLEST_DETAILED_ENTRY = 62;

    /** How a legend entry's sample is drawn. */
    enum Sample {
        LINE_AND_MARKER,
        MARKER,
        BAR
    }

    private record Panel(Chart<?, ?> chart, double left, double top, double width, double height) {}

    private record Entry(String label, String detail, Palette.Look look, Sample sample) {}

    private final String title;
    private final String subtitle;
    private final List<Panel> panels = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private int fontSize = LARGEST_FONT;

    Figure(String title, String subtitle) {
        this.title = title;
        this.subtitle = subtitle;
    }

    /** Places a chart; all four numbers are shares of the area beside the legend. */
    void add(Chart<?, ?> chart, double left, double top, double width, double height) {
        panels.add(new Panel(chart, left, top, width, height));
    }

    void legend(String label, String detail, Palette.Look look, Sample sample) {
        entries.add(new Entry(label, detail, look, sample));
    }

    BufferedImage paint() {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, WIDTH, HEIGHT);
            paintHeader(graphics);
            sizeLegend(graphics);
            int legendWidth = Math.min(WIDEST_LEGEND, legendWidth(graphics));
            paintPanels(graphics, WIDTH - 2 * MARGIN - legendWidth);
            paintLegend(graphics, WIDTH - MARGIN - legendWidth + MARGIN, legendWidth - MARGIN);
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private void paintHeader(Graphics2D graphics) {
        graphics.setColor(Palette.INK);
        graphics.setFont(Charts.font(Font.BOLD, 28));
        graphics.drawString(shortened(title, graphics.getFontMetrics(), WIDTH - 2 * MARGIN), MARGIN, 50);
        graphics.setColor(Palette.FAINT_INK);
        graphics.setFont(Charts.font(Font.PLAIN, 18));
        graphics.drawString(shortened(subtitle, graphics.getFontMetrics(), WIDTH - 2 * MARGIN), MARGIN, 82);
    }

    private void paintPanels(Graphics2D graphics, int width) {
        int height = HEIGHT - HEADER - MARGIN / 2;
        for (Panel panel : panels) {
            int panelWidth = (int) Math.round(panel.width() * width);
            int panelHeight = (int) Math.round(panel.height() * height);
            Graphics2D part = (Graphics2D) graphics.create(
                    MARGIN + (int) Math.round(panel.left() * width),
                    HEADER + (int) Math.round(panel.top() * height),
                    panelWidth,
                    panelHeight);
            panel.chart().paint(part, panelWidth, panelHeight);
            part.dispose();
        }
    }

    private int legendWidth(Graphics2D graphics) {
        if (entries.isEmpty()) {
            return 0;
        }
        int widest = 0;
        FontMetrics labels = graphics.getFontMetrics(labelFont());
        FontMetrics details = graphics.getFontMetrics(detailFont());
        for (Entry entry : entries) {
            widest = Math.max(widest, Math.max(labels.stringWidth(entry.label()), details.stringWidth(entry.detail())));
        }
        return widest + SAMPLE_WIDTH + 12 + MARGIN;
    }

    /** The largest size at which the widest entry still leaves the charts their room. */
    private void sizeLegend(Graphics2D graphics) {
        boolean detailed = entries.stream().anyMatch(entry -> !entry.detail().isEmpty());
        fontSize = Math.clamp(detailed ? entryHeight() / 2 - 3 : entryHeight() - 8, SMALLEST_FONT, LARGEST_FONT);
        while (fontSize > SMALLEST_FONT && legendWidth(graphics) > WIDEST_LEGEND) {
            fontSize--;
        }
    }

    private void paintLegend(Graphics2D graphics, int left, int width) {
        int space = HEIGHT - HEADER - 2 * MARGIN;
        int height = entryHeight();
        int fitting = Math.min(entries.size(), space / height);
        int top = HEADER + MARGIN / 2;
        for (Entry entry : entries.subList(0, fitting)) {
            paintSample(graphics, entry, left, top + 10);
            int textLeft = left + SAMPLE_WIDTH + 12;
            int textWidth = width - SAMPLE_WIDTH - 12;
            graphics.setColor(Palette.INK);
            graphics.setFont(labelFont());
            graphics.drawString(
                    shortened(entry.label(), graphics.getFontMetrics(), textWidth), textLeft, top + 10 + fontSize / 3);
            graphics.setColor(Palette.FAINT_INK);
            graphics.setFont(detailFont());
            graphics.drawString(
                    shortened(entry.detail(), graphics.getFontMetrics(), textWidth),
                    textLeft,
                    top + 13 + fontSize / 3 + fontSize);
            top += height;
        }
        if (fitting < entries.size()) {
            graphics.drawString("and " + (entries.size() - fitting) + " more", left, top + fontSize);
        }
    }

    private void paintSample(Graphics2D graphics, Entry entry, int left, int middle) {
        graphics.setColor(entry.look().colour());
        if (entry.sample() == Sample.BAR) {
            graphics.fillRect(left + SAMPLE_WIDTH - 24, middle - 9, 24, 18);
            return;
        }
        if (entry.sample() == Sample.LINE_AND_MARKER) {
            graphics.setStroke(entry.look().stroke());
            graphics.drawLine(left, middle, left + SAMPLE_WIDTH, middle);
        }
        graphics.setStroke(new BasicStroke(2f));
        entry.look().marker().paint(graphics, left + SAMPLE_WIDTH / 2.0, middle, 11);
    }

    private int entryHeight() {
        boolean detailed = entries.stream().anyMatch(entry -> !entry.detail().isEmpty());
        int space = HEIGHT - HEADER - 2 * MARGIN;
        int tallest = detailed ? TALLEST_DETAILED_ENTRY : TALLEST_ENTRY;
        int least = detailed ? 38 : 20;
        return Math.clamp(space / Math.max(1, entries.size()), least, tallest);
    }

    private Font labelFont() {
        return Charts.font(Font.BOLD, fontSize);
    }

    private Font detailFont() {
        return Charts.font(Font.PLAIN, fontSize - 2);
    }

    /** Keeps the end of a long name: that is where grids put what differs. */
    private static String shortened(String text, FontMetrics metrics, int width) {
        if (metrics.stringWidth(text) <= width) {
            return text;
        }
        for (int cut = text.length() / 2; cut > 0; cut--) {
            String shorter = text.substring(0, cut) + "\u2026" + text.substring(text.length() - cut);
            if (metrics.stringWidth(shorter) <= width) {
                return shorter;
            }
        }
        return "\u2026";
    }
}
