package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/**
 * Draws a family of scores: on the left against the number of latents, on the right the headline against L0. What several
 * seeds gave is drawn as their mean, with a bar from the least to the greatest.
 */
final class ScorePlot {
    private static final double LEFT = 0.56;

    private final RunFiles run;
    private final Palette palette;
    private final Score score;
    private final Map<String, List<Evaluation>> results;

    ScorePlot(RunFiles run, Palette palette, Score score) {
        this.run = run;
        this.palette = palette;
        this.score = score;
        this.results = new LinkedHashMap<>(run.bySeeds(score.evaluation()));
        results.values()
                .removeIf(all -> score.sizes().stream()
                        .noneMatch(size -> score.over(all, size).known()));
    }

    String title() {
        return score.title();
    }

    /** Whether no SAE has such a score. */
    boolean isEmpty() {
        return results.isEmpty();
    }

    Optional<BufferedImage> draw() {
        if (results.isEmpty()) {
            return Optional.empty();
        }
        boolean several = results.values().stream().anyMatch(all -> all.size() > 1);
        Figure figure = new Figure(
                score.title() + ", " + run.name(),
                "Higher is better. The right panel: "
                        + (score.sizes().size() > 1 ? "at " + score.headline() + " latents, " : "")
                        + "against the SAE's L0."
                        + (several ? " Bars: least to greatest over seeds; markers and lines: their mean." : ""));
        boolean sizes = score.sizes().size() > 1;
        if (sizes) {
            figure.add(bySize(), 0, 0, LEFT, 1);
        }
        byL0().ifPresent(chart -> figure.add(chart, sizes ? LEFT : 0, 0, sizes ? 1 - LEFT : 1, 1));
        results.forEach((name, all) -> figure.legend(
                name,
                Numbers.fixed(score.over(all, score.headline()).mean(), 3)
                        + (all.size() > 1 ? ", " + all.size() + " seeds" : ""),
                palette.of(all.getFirst().sae()),
                sizes ? Figure.Sample.LINE_AND_MARKER : Figure.Sample.MARKER));
        return Optional.of(figure.paint());
    }

    private XYChart bySize() {
        XYChart chart = Charts.lines("", score.unit(), score.axis());
        results.forEach((name, all) -> {
            List<double[]> points = new ArrayList<>();
            for (int size : score.sizes()) {
                Score.Spread spread = score.over(all, size);
                if (spread.known()) {
                    points.add(new double[] {Math.log10(size), spread.mean(), spread.most() - spread.mean()});
                }
            }
            XYSeries series = chart.addSeries(
                    name, column(points, 0), column(points, 1), all.size() > 1 ? column(points, 2) : null);
            Palette.Look look = palette.of(all.getFirst().sae());
            series.setLineColor(look.colour());
            series.setLineStyle(look.stroke());
            series.setMarkerColor(look.colour());
            series.setMarker(look.marker());
        });
        chart.getStyler().setXAxisTickLabelsFormattingFunction(exponent -> size(exponent));
        chart.getStyler().setXAxisMin(Math.log10(score.sizes().getFirst()) - 0.05);
        chart.getStyler().setXAxisMax(Math.log10(score.sizes().getLast()) + 0.05);
        return chart;
    }

    private static String size(double exponent) {
        return Charts.compact(Math.round(Math.pow(10, exponent)));
    }

    /** Nothing where no core evaluation tells L0. */
    private Optional<XYChart> byL0() {
        XYChart chart =
                Charts.lines("", "L0: active features a row", score.sizes().size() > 1 ? "" : score.axis());
        boolean any = false;
        for (Map.Entry<String, List<Evaluation>> entry : results.entrySet()) {
            List<Evaluation> all = entry.getValue();
            Score.Spread spread = score.over(all, score.headline());
            double l0 = Score.Spread.of(all.stream()
                            .map(result -> run.newest(Evaluation.CORE, result.sae())
                                    .map(core -> core.metric("sparsity", "l0"))
                                    .orElse(Double.NaN))
                            .toList())
                    .mean();
            // The residual stream has hundreds, which would squeeze the rest into one corner.
            if (!spread.known() || !(l0 > 0) || all.getFirst().control() && l0 > 4 * largestTrained()) {
                continue;
            }
            Charts.markers(
                    chart,
                    entry.getKey(),
                    new double[] {l0},
                    new double[] {spread.mean()},
                    palette.of(all.getFirst().sae()));
            if (all.size() > 1) {
                Charts.line(
                        chart,
                        entry.getKey() + " spread",
                        new double[] {l0, l0},
                        new double[] {spread.least(), spread.most()},
                        palette.of(all.getFirst().sae()));
            }
            any = true;
        }
        chart.getStyler().setMarkerSize(16);
        return any ? Optional.of(chart) : Optional.empty();
    }

    private double largestTrained() {
        return results.values().stream()
                .flatMap(List::stream)
                .filter(result -> !result.control())
                .flatMap(result -> run.newest(Evaluation.CORE, result.sae()).stream())
                .mapToDouble(core -> core.metric("sparsity", "l0"))
                .max()
                .orElse(Double.POSITIVE_INFINITY);
    }

    private static double[] column(List<double[]> points, int index) {
        return points.stream().mapToDouble(point -> point[index]).toArray();
    }
}
