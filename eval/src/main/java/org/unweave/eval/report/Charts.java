package org.unweave.eval.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Locale;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Charts with the common look. They have no legend of their own: a figure has one for all its panels. */
final class Charts {
    private static final BasicStroke HAIRLINE = new BasicStroke(1f);
    private static final BasicStroke NO_LINE = new BasicStroke(0f);
    private static final int MARKER_SIZE = 11;
    /** The share of a panel that data which start at the axis take; at 1, the labels of both ends would be lost. */
    static final double FLUSH = 0.97;

    private Charts() {}

    static XYChart lines(String title, String xTitle, String yTitle) {
        // Any size: the figure gives each panel its own when it paints it.
        XYChart chart = new XYChart(800, 500, ChartTheme.XChart);
        chart.setTitle(title);
        chart.setXAxisTitle(xTitle);
        chart.setYAxisTitle(yTitle);
        style(chart.getStyler());
        return chart;
    }

    static CategoryChart bars(String title, String yTitle) {
        CategoryChart chart = new CategoryChart(800, 500, ChartTheme.XChart);
        chart.setTitle(title);
        chart.setYAxisTitle(yTitle);
        style(chart.getStyler());
        chart.getStyler().setPlotGridVerticalLinesVisible(false);
        chart.getStyler().setPlotContentSize(FLUSH);
        // Every bar is named: XChart leaves labels out where it takes them for too dense.
        chart.getStyler().setXAxisTickMarkSpacingHint(12);
        return chart;
    }

    static void line(XYChart chart, String name, double[] x, double[] y, Palette.Look look) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineColor(look.colour());
        series.setLineStyle(look.stroke());
        series.setMarkerColor(look.colour());
        // A line through one point cannot be seen.
        series.setMarker(x.length == 1 ? look.marker() : SeriesMarkers.NONE);
    }

    static void markers(XYChart chart, String name, double[] x, double[] y, Palette.Look look) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setLineStyle(NO_LINE);
        series.setLineColor(new Color(0, 0, 0, 0));
        series.setMarker(look.marker());
        series.setMarkerColor(look.colour());
    }

    /** A level across the whole chart, as a target or a baseline. */
    static void level(XYChart chart, String name, double from, double to, double y) {
        XYSeries series = chart.addSeries(name, new double[] {from, to}, new double[] {y, y});
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(Palette.FAINT_INK);
        series.setLineStyle(
                new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, new float[] {4, 5}, 0f));
    }

    /** A range of a point that has a mark of its own. */
    static void bar(XYChart chart, String name, double[] x, double[] y, Palette.Look look) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(look.colour());
        series.setLineStyle(new BasicStroke(2f));
    }

    /** A faint line through points that have marks of their own. */
    static void path(XYChart chart, String name, double[] x, double[] y) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(Palette.SILENT);
        series.setLineStyle(new BasicStroke(4f));
    }

    /** A logarithmic axis that is labelled also where it spans less than a decade. */
    static void logarithmicY(XYChart chart, double least, double most) {
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmicDecadeOnly(false);
        chart.getStyler().setYAxisMin(least / 1.1);
        chart.getStyler().setYAxisMax(most * 1.1);
        boolean narrow = most / least < 8;
        chart.getStyler().setYAxisTickLabelsFormattingFunction(value -> logarithmicLabel(value, narrow));
    }

    static String powerOfTen(double exponent) {
        long whole = Math.round(exponent);
        if (Math.abs(exponent - whole) > 1e-6) {
            return " ";
        }
        StringBuilder label = new StringBuilder("10");
        for (char sign : Long.toString(whole).toCharArray()) {
            label.append(
                    sign == '-'
                            ? '\u207B'
                            : "\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079".charAt(sign - '0'));
        }
        return label.toString();
    }

    /** 0, 500, 25k, 1.5M. */
    static String compact(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return trimmed(value / 1e6) + "M";
        }
        return size >= 1e4 ? trimmed(value / 1e3) + "k" : trimmed(value);
    }

    private static String logarithmicLabel(double value, boolean narrow) {
        double leading = value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
        long digit = Math.round(leading);
        boolean wanted = narrow || digit == 1 || digit == 2 || digit == 5;
        return wanted ? compact(value) : " ";
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, Math.abs(value) < 0.1 ? "%.4f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    static Font font(int style, int size) {
        return new Font(Font.SANS_SERIF, style, size);
    }

    private static void style(AxesChartStyler styler) {
        styler.setLocale(Locale.ROOT);
        styler.setLegendVisible(false);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setChartFontColor(Palette.INK);
        styler.setChartPadding(8);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(font(Font.BOLD, 20));
        styler.setChartTitlePadding(6);
        styler.setMarkerSize(MARKER_SIZE);
        styler.setAxisTitleFont(font(Font.PLAIN, 18));
        styler.setAxisTitlePadding(8);
        styler.setAxisTickLabelsFont(font(Font.PLAIN, 17));
        styler.setAxisTickLabelsColor(Palette.FAINT_INK);
        styler.setAxisTickMarksColor(Palette.SILENT);
        styler.setAxisTickMarksStroke(HAIRLINE);
        styler.setAxisTicksLineVisible(true);
        styler.setDecimalPattern("#,##0.######"); // By itself it writes .05.
        styler.setPlotGridLinesColor(Palette.GRID);
        styler.setPlotGridLinesStroke(HAIRLINE);
        styler.setPlotTicksMarksVisible(false);
        styler.setPlotMargin(0);
        styler.setXAxisTickMarkSpacingHint(110);
        styler.setYAxisTickMarkSpacingHint(60);
    }
}
