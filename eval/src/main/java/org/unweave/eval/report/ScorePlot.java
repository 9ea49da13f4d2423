package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/**
 * Draws a family of scores: on the left each SAE's curve, on the right the headline against L0. What several seeds gave is
 * drawn as their mean, with a bar from the least to the greatest.
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
        Optional<XYChart> curves = curves();
        double right = curves.isPresent() ? LEFT : 0;
        curves.ifPresent(chart -> figure.add(chart, 0, 0, LEFT, 1));
        byL0().ifPresent(chart -> figure.add(chart, right, 0, 1 - right, 1));
        results.forEach((name, all) -> figure.legend(
                name,
                Numbers.fixed(score.over(all, score.headline()).mean(), 3)
                        + (all.size() > 1 ? ", " + all.size() + " seeds" : ""),
                palette.of(all.getFirst().sae()),
                Figure.Sample.LINE_AND_MARKER));
        return Optional.of(figure.paint());
    }

    private Optional<XYChart> curves() {
        XYChart chart = Charts.lines("", score.curve().xAxis(), score.curve().yAxis());
        boolean any = false;
        for (Map.Entry<String, List<Evaluation>> entry : results.entrySet()) {
            List<Evaluation> all = entry.getValue();
            List<Score.Point> points = score.points(all);
            if (points.isEmpty()) {
                continue;
            }
            any = true;
            double @Nullable [] spreads =
                    all.size() > 1 && score.curve().logarithmic() ? column(points, Score.Point::spread) : null;
            XYSeries series = chart.addSeries(
                    entry.getKey(), column(points, Score.Point::x), column(points, Score.Point::y), spreads);
            Palette.Look look = palette.of(all.getFirst().sae());
            series.setLineColor(look.colour());
            series.setLineStyle(look.stroke());
            series.setMarkerColor(look.colour());
            series.setMarker(look.marker());
        }
        if (score.curve().logarithmic()) {
            chart.getStyler().setXAxisTickLabelsFormattingFunction(exponent -> size(exponent));
            chart.getStyler().setXAxisMin(Math.log10(score.sizes().getFirst()) - 0.05);
            chart.getStyler().setXAxisMax(Math.log10(score.sizes().getLast()) + 0.05);
        }
        return any ? Optional.of(chart) : Optional.empty();
    }

    private static String size(double exponent) {
        return Charts.compact(Math.round(Math.pow(10, exponent)));
    }

    /** Nothing where no core evaluation tells L0. */
    private Optional<XYChart> byL0() {
        XYChart chart = Charts.lines("", "L0: active features a row", score.axis());
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

    private static double[] column(List<Score.Point> points, ToDoubleFunction<Score.Point> number) {
        return points.stream().mapToDouble(number).toArray();
    }
}
