package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.unweave.eval.report.MetricsLine.Split;

/** Draws the training curves of all sides over one another: a colour for each job, a stroke for each side. */
final class ComparisonPlot {
    private static final double LEAST_VARIANCE_EXPLAINED = -0.1;

    private final Comparison comparison;
    /** The rows by their names without the seed, whose jobs are drawn as their mean. */
    private final Map<String, List<Comparison.Row>> groups = new LinkedHashMap<>();

    private final boolean seeds;

    /** One curve. */
    private record Curve(String name, Palette.Look look, List<MetricsLines> jobs) {}

    /** The lines of one job on training rows. */
    private record MetricsLines(List<MetricsLine> lines) {}

    ComparisonPlot(Comparison comparison) {
        this.comparison = comparison;
        comparison
                .rows()
                .forEach(row -> groups.computeIfAbsent(RunFiles.withoutSeed(row.name()), name -> new ArrayList<>())
                        .add(row));
        this.seeds = groups.values().stream().anyMatch(same -> same.size() > 1);
    }

    Optional<BufferedImage> draw() {
        List<Curve> curves = curves();
        Figure figure = new Figure(
                "Training, " + String.join(", ", labels()),
                "Training rows. " + (seeds ? "Means over seeds. " : "")
                        + "Losses of variants with different terms do not compare; variance explained does.");
        XYChart loss = chart("Loss (log scale)", "loss");
        XYChart explained = chart("Variance explained", "share");
        XYChart l0 = chart("L0 (log scale)", "active features a row");
        DoubleSummaryStatistics losses = add(loss, curves, line -> line.loss() > 0 ? line.loss() : Double.NaN);
        DoubleSummaryStatistics shares = add(explained, curves, MetricsLine::varianceExplained);
        DoubleSummaryStatistics active = add(l0, curves, line -> line.l0() > 0 ? line.l0() : Double.NaN);
        if (losses.getCount() + shares.getCount() + active.getCount() == 0) {
            return Optional.empty();
        }
        if (losses.getCount() > 0) {
            Charts.logarithmicY(loss, losses.getMin(), losses.getMax());
            figure.add(loss, 0, 0, 1, 0.5);
        }
        if (shares.getCount() > 0) {
            if (shares.getMax() > LEAST_VARIANCE_EXPLAINED) {
                explained.getStyler().setYAxisMin(Math.clamp(shares.getMin() - 0.05, LEAST_VARIANCE_EXPLAINED, 0.9));
                explained.getStyler().setYAxisMax(1.0);
            }
            figure.add(explained, 0, 0.5, 0.5, 0.5);
        }
        if (active.getCount() > 0) {
            Charts.logarithmicY(l0, active.getMin(), active.getMax());
            figure.add(l0, 0.5, 0.5, 0.5, 0.5);
        }
        curves.forEach(curve -> figure.legend(curve.name(), "", curve.look(), Figure.Sample.LINE_AND_MARKER));
        return Optional.of(figure.paint());
    }

    private List<String> labels() {
        return comparison.sides().stream().map(Comparison.Side::label).toList();
    }

    private List<Curve> curves() {
        List<Curve> curves = new ArrayList<>();
        int row = 0;
        for (Map.Entry<String, List<Comparison.Row>> group : groups.entrySet()) {
            for (int side = 0; side < comparison.sides().size(); side++) {
                int index = side;
                List<MetricsLines> jobs = group.getValue().stream()
                        .map(one -> one.jobs().get(index))
                        .filter(Objects::nonNull)
                        .map(job -> new MetricsLines(job.lines(Split.TRAIN)))
                        .filter(job -> !job.lines().isEmpty())
                        .toList();
                if (!jobs.isEmpty()) {
                    String label = labels().get(side);
                    String name = groups.size() == 1 ? label : group.getKey() + ", " + label;
                    curves.add(new Curve(name, Palette.of(groups.size() == 1 ? side : row, side), jobs));
                }
            }
            row++;
        }
        return curves;
    }

    private static XYChart chart(String title, String yTitle) {
        XYChart chart = Charts.lines(title, "activation rows seen", yTitle);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::compact);
        chart.getStyler().setXAxisMin(0.0);
        return chart;
    }

    private static DoubleSummaryStatistics add(XYChart chart, List<Curve> curves, ToDoubleFunction<MetricsLine> value) {
        DoubleSummaryStatistics range = new DoubleSummaryStatistics();
        for (Curve curve : curves) {
            List<double[]> points = CurvePoints.thinned(CurvePoints.mean(curve.jobs().stream()
                    .map(job -> CurvePoints.of(job.lines(), value))
                    .toList()));
            points.forEach(point -> range.accept(point[1]));
            if (!points.isEmpty()) {
                Charts.line(
                        chart,
                        curve.name(),
                        CurvePoints.column(points, 0),
                        CurvePoints.column(points, 1),
                        curve.look());
            }
        }
        return range;
    }
}
