package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.unweave.eval.report.MetricsLine.Split;

/** Draws loss, variance explained and L0 against the rows seen. */
final class TrainingCurves {
    /** An untrained SAE explains far less than nothing, which would flatten the part of the axis that matters. */
    private static final double LEAST_VARIANCE_EXPLAINED = -0.1;

    private final RunFiles run;
    private final Palette palette;

    TrainingCurves(RunFiles run, Palette palette) {
        this.run = run;
        this.palette = palette;
    }

    Optional<BufferedImage> draw() {
        List<JobFiles> jobs =
                run.jobs().stream().filter(job -> !job.metrics().isEmpty()).toList();
        Optional<XYChart> loss = loss(jobs);
        Optional<XYChart> variance = varianceExplained(jobs);
        Optional<XYChart> l0 = l0(jobs);
        List<XYChart> small = Stream.of(variance, l0).flatMap(Optional::stream).toList();
        if (loss.isEmpty() && small.isEmpty()) {
            return Optional.empty();
        }
        Figure figure = new Figure(
                "Training of " + run.name(),
                "Lines: training rows. Markers: held-out rows. Losses of variants with different terms do not compare;"
                        + " variance explained does.");
        double lossHeight = small.isEmpty() ? 1 : loss.isPresent() ? 0.54 : 0;
        loss.ifPresent(chart -> figure.add(chart, 0, 0, 1, lossHeight));
        for (int i = 0; i < small.size(); i++) {
            figure.add(small.get(i), (double) i / small.size(), lossHeight, 1.0 / small.size(), 1 - lossHeight);
        }
        for (JobFiles job : jobs) {
            figure.legend(job.name(), "", palette.of(job.name()), Figure.Sample.LINE_AND_MARKER);
        }
        return Optional.of(figure.paint());
    }

    private Optional<XYChart> loss(List<JobFiles> jobs) {
        XYChart chart = curves("Loss (log scale)", "loss");
        ToDoubleFunction<MetricsLine> positive = line -> line.loss() > 0 ? line.loss() : Double.NaN;
        DoubleSummaryStatistics range = add(chart, jobs, positive);
        if (range.getCount() == 0) {
            return Optional.empty();
        }
        Charts.logarithmicY(chart, range.getMin(), range.getMax());
        return Optional.of(chart);
    }

    private Optional<XYChart> varianceExplained(List<JobFiles> jobs) {
        XYChart chart = curves("Variance explained", "share");
        DoubleSummaryStatistics range = add(chart, jobs, MetricsLine::varianceExplained);
        if (range.getCount() == 0) {
            return Optional.empty();
        }
        if (range.getMax() > LEAST_VARIANCE_EXPLAINED) {
            chart.getStyler().setYAxisMin(Math.clamp(range.getMin() - 0.05, LEAST_VARIANCE_EXPLAINED, 0.9));
            chart.getStyler().setYAxisMax(1.0);
        }
        return Optional.of(chart);
    }

    private Optional<XYChart> l0(List<JobFiles> jobs) {
        XYChart chart = curves("L0 (log scale; dotted: target)", "active features a row");
        ToDoubleFunction<MetricsLine> positive = line -> line.l0() > 0 ? line.l0() : Double.NaN;
        DoubleSummaryStatistics range = add(chart, jobs, positive);
        if (range.getCount() == 0) {
            return Optional.empty();
        }
        long rows = jobs.stream()
                .flatMap(job -> job.metrics().stream())
                .mapToLong(MetricsLine::rows)
                .max()
                .orElse(1);
        jobs.stream()
                .mapToDouble(job -> job.state().targetL0())
                .filter(target -> target > 0)
                .distinct()
                .forEach(target -> {
                    Charts.level(chart, "target " + target, 0, rows, target);
                    range.accept(target);
                });
        Charts.logarithmicY(chart, range.getMin(), range.getMax());
        return Optional.of(chart);
    }

    private static XYChart curves(String title, String yTitle) {
        XYChart chart = Charts.lines(title, "activation rows seen", yTitle);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::compact);
        chart.getStyler().setXAxisMin(0.0);
        return chart;
    }

    /** Adds every job's curve and says what range they cover. */
    private DoubleSummaryStatistics add(XYChart chart, List<JobFiles> jobs, ToDoubleFunction<MetricsLine> value) {
        DoubleSummaryStatistics range = new DoubleSummaryStatistics();
        for (JobFiles job : jobs) {
            List<double[]> train = CurvePoints.thinned(CurvePoints.of(job.lines(Split.TRAIN), value));
            List<double[]> heldOut = CurvePoints.of(job.lines(Split.HELD_OUT), value);
            Stream.concat(train.stream(), heldOut.stream()).forEach(point -> range.accept(point[1]));
            if (!train.isEmpty()) {
                Charts.line(
                        chart,
                        job.name(),
                        CurvePoints.column(train, 0),
                        CurvePoints.column(train, 1),
                        palette.of(job.name()));
            }
            if (!heldOut.isEmpty()) {
                Charts.markers(
                        chart,
                        job.name() + " held-out",
                        CurvePoints.column(heldOut, 0),
                        CurvePoints.column(heldOut, 1),
                        palette.of(job.name()));
            }
        }
        return range;
    }
}
