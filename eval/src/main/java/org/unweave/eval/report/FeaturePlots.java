package org.unweave.eval.report;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;

/** Draws how often features fire, how many never do, and how alike their decoder rows are. */
final class FeaturePlots {
    private static final double BINS_PER_DECADE = 5;
    private static final double SIMILARITY_BINS = 40;
    /** As many names, and letters in all, as stand side by side under their bars. */
    private static final int MOST_NAMES = 4;

    private static final int MOST_LETTERS = 45;

    private static final Color FIRED = new Color(0x00, 0x72, 0xB2);

    /** A job whose features are known. */
    private record Dictionary(String name, FeatureStatistics features) {}

    private final RunFiles run;
    private final Palette palette;

    FeaturePlots(RunFiles run, Palette palette) {
        this.run = run;
        this.palette = palette;
    }

    Optional<BufferedImage> draw() {
        List<Dictionary> dictionaries = run.jobs().stream()
                .flatMap(job -> Optional.ofNullable(job.features()).stream()
                        .map(features -> new Dictionary(job.name(), features)))
                .toList();
        if (dictionaries.isEmpty()) {
            return Optional.empty();
        }
        Figure figure = new Figure(
                "Features of " + run.name(),
                "Newest checkpoint of each job. Silent: not fired once on the rows that were counted.");
        boolean fires = dictionaries.stream()
                .anyMatch(job -> job.features().silent() < job.features().features());
        boolean similar = dictionaries.stream().anyMatch(job -> job.features().hasSimilarities());
        double top = fires ? 0.5 : 0;
        if (fires) {
            figure.add(densities(dictionaries), 0, 0, 1, 0.5);
        }
        figure.add(sizes(dictionaries), 0, top, similar ? 0.5 : 1, 1 - top);
        if (similar) {
            figure.add(similarities(dictionaries), 0.5, top, 0.5, 1 - top);
        }
        for (int i = 0; i < dictionaries.size(); i++) {
            Dictionary job = dictionaries.get(i);
            int features = job.features().features();
            int silent = job.features().silent();
            figure.legend(
                    (numbered(dictionaries) ? (i + 1) + "  " : "") + job.name(),
                    Numbers.whole(features) + " features, " + Numbers.whole(silent) + " silent ("
                            + Numbers.percent((double) silent / features) + ")",
                    palette.of(job.name()),
                    Figure.Sample.LINE_AND_MARKER);
        }
        return Optional.of(figure.paint());
    }

    private XYChart densities(List<Dictionary> dictionaries) {
        XYChart chart = Charts.lines(
                "How often features fire", "share of rows on which a feature fires (log scale)", "% of features");
        double least = Math.floor(dictionaries.stream()
                .flatMapToDouble(job -> job.features().logDensities())
                .min()
                .orElse(-1));
        int bins = (int) Math.max(1, Math.round(-least * BINS_PER_DECADE));
        for (Dictionary job : dictionaries) {
            histogram(chart, job, job.features().logDensities(), least, -least / bins, bins);
        }
        chart.getStyler().setXAxisMin(least);
        chart.getStyler().setXAxisMax(0.0);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::powerOfTen);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setPlotContentSize(Charts.FLUSH);
        return chart;
    }

    private XYChart similarities(List<Dictionary> dictionaries) {
        XYChart chart = Charts.lines("Nearest other decoder row", "cosine similarity", "% of features");
        double least = Math.min(
                0,
                dictionaries.stream()
                        .flatMapToDouble(job -> job.features().similarities())
                        .min()
                        .orElse(0));
        for (Dictionary job : dictionaries) {
            if (job.features().hasSimilarities()) {
                histogram(chart, job, job.features().similarities(), least, (1 - least) / SIMILARITY_BINS, (int)
                        SIMILARITY_BINS);
            }
        }
        chart.getStyler().setXAxisMin(least);
        chart.getStyler().setXAxisMax(1.0);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setPlotContentSize(Charts.FLUSH);
        return chart;
    }

    /** Shares of the dictionary, not of the features that fired: dictionaries of other sizes compare, dead ones show. */
    private void histogram(XYChart chart, Dictionary job, DoubleStream values, double least, double width, int bins) {
        double[] middles = new double[bins];
        double[] shares = new double[bins];
        for (int i = 0; i < bins; i++) {
            middles[i] = least + (i + 0.5) * width;
        }
        values.forEach(value -> {
            int bin = (int) Math.clamp((long) Math.floor((value - least) / width), 0, bins - 1);
            shares[bin] += 100.0 / job.features().features();
        });
        Charts.line(chart, job.name(), middles, shares, palette.of(job.name()));
    }

    private static CategoryChart sizes(List<Dictionary> dictionaries) {
        CategoryChart chart = Charts.bars("Dictionary: fired (blue), silent (grey)", "features");
        chart.getStyler().setStacked(true);
        chart.getStyler().setAvailableSpaceFill(dictionaries.size() < 4 ? 0.4 : 0.7);
        chart.setXAxisTitle(numbered(dictionaries) ? "number in the legend" : "");
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::compact);
        List<String> names = labels(dictionaries);
        series(
                chart,
                "fired",
                names,
                dictionaries.stream()
                        .map(job -> job.features().features() - job.features().silent())
                        .toList(),
                FIRED);
        series(
                chart,
                "silent",
                names,
                dictionaries.stream().map(job -> job.features().silent()).toList(),
                Palette.SILENT);
        return chart;
    }

    /** Where the names have no room below the bars, numbers stand there and in the legend. */
    private static List<String> labels(List<Dictionary> dictionaries) {
        return IntStream.range(0, dictionaries.size())
                .mapToObj(index -> numbered(dictionaries)
                        ? Integer.toString(index + 1)
                        : dictionaries.get(index).name())
                .toList();
    }

    private static boolean numbered(List<Dictionary> dictionaries) {
        return dictionaries.size() > MOST_NAMES
                || dictionaries.stream().mapToInt(job -> job.name().length()).sum() > MOST_LETTERS;
    }

    private static void series(
            CategoryChart chart, String name, List<String> names, List<Integer> counts, Color colour) {
        CategorySeries series = chart.addSeries(name, names, counts);
        series.setFillColor(colour);
    }
}
