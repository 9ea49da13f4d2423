package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.XYChart;
import org.unweave.eval.report.Leaderboard.Entry;
import org.unweave.eval.report.Leaderboard.Standing;
import org.unweave.eval.report.Score.Spread;

/**
 * Draws each headline score against L0, a point a variant, with a line through those that no other beats: none has both at
 * most their L0 and at least their score.
 */
final class ParetoPlot {
    /** A control further away than this, to the right or from the trained scores, would squeeze the rest into a corner. */
    private static final double CONTROL_ROOM = 1.5;

    private final RunFiles run;
    private final Palette palette;
    private final Leaderboard board;

    /** One entry in one panel. */
    private record Point(Entry entry, Spread l0, Spread score) {
        boolean control() {
            return entry.standing() == Standing.CONTROL;
        }

        boolean beats(Point other) {
            boolean asGood = l0.mean() <= other.l0.mean() && score.mean() >= other.score.mean();
            return asGood && (l0.mean() < other.l0.mean() || score.mean() > other.score.mean());
        }
    }

    ParetoPlot(RunFiles run, Palette palette, Leaderboard board) {
        this.run = run;
        this.palette = palette;
        this.board = board;
    }

    Optional<BufferedImage> draw() {
        List<Measure> drawable = Measure.HEADLINES.stream()
                .filter(measure -> points(measure).stream().anyMatch(point -> !point.control()))
                .toList();
        if (drawable.isEmpty()) {
            return Optional.empty();
        }
        Figure figure = new Figure(
                "Scores against L0, " + run.name(),
                "Up and to the left is better; grey line: those that no other beats in both. At the jobs' end"
                        + (board.hasSeeds() ? "; means over seeds, bars from least to greatest." : "."));
        int columns = drawable.size() <= 1 ? 1 : drawable.size() <= 4 ? 2 : 3;
        int rows = Math.ceilDiv(drawable.size(), columns);
        for (int i = 0; i < drawable.size(); i++) {
            figure.add(
                    panel(drawable.get(i)),
                    (double) (i % columns) / columns,
                    (double) (i / columns) / rows,
                    1.0 / columns,
                    1.0 / rows);
        }
        board.entries().stream()
                .filter(entry -> drawable.stream()
                        .anyMatch(measure -> within(points(measure)).stream()
                                .anyMatch(point -> point.entry().equals(entry))))
                .forEach(entry -> figure.legend(
                        entry.name() + (entry.standing() == Standing.OFF_TARGET ? " *" : ""),
                        "L0 " + Numbers.fixed(entry.score(Measure.L0).mean(), 1)
                                + (entry.standing() == Standing.OFF_TARGET ? ", off its target" : ""),
                        palette.of(entry.jobs().getFirst()),
                        Figure.Sample.MARKER));
        return Optional.of(figure.paint());
    }

    private List<Point> points(Measure measure) {
        return board.entries().stream()
                .map(entry -> new Point(entry, entry.score(Measure.L0), entry.score(measure)))
                .filter(point -> point.l0().mean() > 0 && point.score().known())
                .toList();
    }

    private XYChart panel(Measure measure) {
        XYChart chart = Charts.lines("", "L0", measure.axis());
        List<Point> points = within(points(measure));
        frontier(chart, points);
        DoubleSummaryStatistics widths = new DoubleSummaryStatistics();
        DoubleSummaryStatistics heights = new DoubleSummaryStatistics();
        for (Point point : points) {
            draw(chart, point);
            widths.accept(point.l0().least());
            widths.accept(point.l0().most());
            heights.accept(point.score().least());
            heights.accept(point.score().most());
        }
        double side = Math.max(0.04 * widths.getMax(), 0.15 * (widths.getMax() - widths.getMin()));
        double room = Math.max(0.005, 0.12 * (heights.getMax() - heights.getMin()));
        chart.getStyler().setXAxisMin(Math.max(0, widths.getMin() - side));
        chart.getStyler().setXAxisMax(widths.getMax() + side);
        chart.getStyler().setYAxisMin(heights.getMin() - room);
        chart.getStyler().setYAxisMax(heights.getMax() + room);
        chart.getStyler().setXAxisTickMarkSpacingHint(80);
        chart.getStyler().setMarkerSize(14);
        return chart;
    }

    /** Without controls that are far away. */
    private static List<Point> within(List<Point> points) {
        List<Point> trained = points.stream().filter(point -> !point.control()).toList();
        double most =
                trained.stream().mapToDouble(point -> point.l0().most()).max().orElse(Double.POSITIVE_INFINITY);
        DoubleSummaryStatistics scores = new DoubleSummaryStatistics();
        trained.forEach(point -> {
            scores.accept(point.score().least());
            scores.accept(point.score().most());
        });
        double room = CONTROL_ROOM * Math.max(0.02, scores.getMax() - scores.getMin());
        return points.stream()
                .filter(point -> !point.control()
                        || point.l0().mean() <= CONTROL_ROOM * most
                                && point.score().mean() >= scores.getMin() - room
                                && point.score().mean() <= scores.getMax() + room)
                .toList();
    }

    private void frontier(XYChart chart, List<Point> points) {
        List<Point> trained = points.stream().filter(point -> !point.control()).toList();
        List<Point> best = new ArrayList<>(trained.stream()
                .filter(point -> trained.stream().noneMatch(other -> other.beats(point)))
                .sorted(Comparator.comparingDouble(point -> point.l0().mean()))
                .toList());
        if (best.size() > 1) {
            Charts.path(
                    chart,
                    "frontier",
                    best.stream().mapToDouble(point -> point.l0().mean()).toArray(),
                    best.stream().mapToDouble(point -> point.score().mean()).toArray());
        }
    }

    private void draw(XYChart chart, Point point) {
        Palette.Look look = palette.of(point.entry().jobs().getFirst());
        String name = point.entry().name();
        double l0 = point.l0().mean();
        double score = point.score().mean();
        if (point.entry().jobs().size() > 1) {
            Charts.bar(chart, name + " scores", new double[] {l0, l0}, ends(point.score()), look);
            Charts.bar(chart, name + " L0", ends(point.l0()), new double[] {score, score}, look);
        }
        Charts.markers(chart, name, new double[] {l0}, new double[] {score}, look);
    }

    private static double[] ends(Spread spread) {
        return new double[] {spread.least(), spread.most()};
    }
}
