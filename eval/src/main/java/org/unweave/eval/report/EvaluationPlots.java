package org.unweave.eval.report;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;

/** Draws what the evaluations found: L0 against loss recovered, and probing accuracy beside the model's own. */
final class EvaluationPlots {
    private static final double CHANCE = 0.5;
    /** A control further from the trained SAEs than this many times their spread would squeeze them into one corner. */
    private static final double FAR = 4;

    private record Point(String sae, long step, double l0, double recovered) {
        boolean drawable() {
            return l0 > 0 && Double.isFinite(recovered);
        }
    }

    private final RunFiles run;
    private final Palette palette;

    EvaluationPlots(RunFiles run, Palette palette) {
        this.run = run;
        this.palette = palette;
    }

    Optional<BufferedImage> recovered() {
        Map<String, List<Point>> trails = new LinkedHashMap<>();
        for (String sae : run.saes()) {
            List<Point> trail = run.evaluations(Evaluation.CORE, sae).stream()
                    .map(EvaluationPlots::point)
                    .filter(Point::drawable)
                    .toList();
            if (!trail.isEmpty()) {
                trails.put(sae, trail);
            }
        }
        if (trails.isEmpty()) {
            return Optional.empty();
        }
        Figure figure = new Figure(
                "L0 against cross-entropy recovered, " + run.name(),
                "Up and to the left is better. Marker: newest evaluated checkpoint; the line leads to it from the"
                        + " earlier ones.");
        XYChart chart = Charts.lines("", "L0: active features a row", "share of cross-entropy recovered");
        DoubleSummaryStatistics heights = new DoubleSummaryStatistics();
        DoubleSummaryStatistics widths = new DoubleSummaryStatistics();
        trails.forEach((sae, trail) -> {
            if (!outlying(trail, trails)) {
                trail.forEach(point -> heights.accept(point.recovered()));
                trail.forEach(point -> widths.accept(point.l0()));
                draw(chart, sae, trail);
            }
            Point newest = trail.getLast();
            figure.legend(
                    sae,
                    (outlying(trail, trails) ? "off the chart: " : "") + "L0 " + Numbers.fixed(newest.l0(), 1) + ", CE "
                            + Numbers.fixed(newest.recovered(), 3),
                    palette.of(sae),
                    Figure.Sample.MARKER);
        });
        double room = Math.max(0.02, 0.12 * (heights.getMax() - heights.getMin()));
        chart.getStyler().setYAxisMin(heights.getMin() - room);
        chart.getStyler().setYAxisMax(heights.getMax() + room);
        double side = Math.max(0.1 * widths.getMax(), 0.12 * (widths.getMax() - widths.getMin()));
        chart.getStyler().setXAxisMin(Math.max(0, widths.getMin() - side));
        chart.getStyler().setXAxisMax(widths.getMax() + side);
        figure.add(chart, 0, 0, 1, 1);
        return Optional.of(figure.paint());
    }

    Optional<BufferedImage> probing() {
        List<Evaluation> results = List.copyOf(run.newest(Evaluation.SPARSE_PROBING));
        List<Integer> latents = new ArrayList<>();
        for (int k : ResultRow.LATENTS) {
            String key = "sae_top_" + k + "_test_accuracy";
            if (results.stream().anyMatch(result -> Double.isFinite(result.metric("sae", key)))) {
                latents.add(k);
            }
        }
        if (latents.isEmpty()) {
            return Optional.empty();
        }
        double floor = floor(results, latents);
        Figure figure = new Figure(
                "Sparse probing, " + run.name(),
                "Test accuracy of probes on the k best latents, by dataset. Bars start at "
                        + (floor < CHANCE ? Numbers.fixed(floor, 1) + "; chance is 0.5" : "chance, 0.5")
                        + ". Black: the k best coordinates of the model's residual stream.");
        double height = 1.0 / latents.size();
        for (int i = 0; i < latents.size(); i++) {
            int k = latents.get(i);
            figure.add(accuracies(results, k, floor), 0, i * height, 1, height);
        }
        results.forEach(result -> figure.legend(result.sae(), "", palette.of(result.sae()), Figure.Sample.BAR));
        figure.legend("model (no SAE)", "", Palette.MODEL, Figure.Sample.BAR);
        return Optional.of(figure.paint());
    }

    private static Point point(Evaluation core) {
        return new Point(
                core.sae(),
                core.step(),
                core.metric("sparsity", "l0"),
                core.metric("model_performance_preservation", "ce_loss_score"));
    }

    private void draw(XYChart chart, String sae, List<Point> trail) {
        Palette.Look look = palette.of(sae);
        if (trail.size() > 1) {
            double[] l0 = trail.stream().mapToDouble(Point::l0).toArray();
            double[] recovered = trail.stream().mapToDouble(Point::recovered).toArray();
            Charts.line(chart, sae + " earlier", l0, recovered, look);
        }
        Point newest = trail.getLast();
        Charts.markers(chart, sae, new double[] {newest.l0()}, new double[] {newest.recovered()}, look);
        chart.getStyler().setMarkerSize(18);
    }

    private static boolean outlying(List<Point> trail, Map<String, List<Point>> trails) {
        if (!Evaluation.control(trail.getLast().sae())) {
            return false;
        }
        DoubleSummaryStatistics trained = trails.values().stream()
                .flatMap(List::stream)
                .filter(point -> !Evaluation.control(point.sae()))
                .mapToDouble(Point::recovered)
                .summaryStatistics();
        double spread = Math.max(0.05, trained.getMax() - trained.getMin());
        return trained.getCount() > 0
                && trail.stream().anyMatch(point -> trained.getMin() - point.recovered() > FAR * spread);
    }

    private CategoryChart accuracies(List<Evaluation> results, int k, double floor) {
        String key = "_top_" + k + "_test_accuracy";
        Set<String> datasets = new LinkedHashSet<>();
        results.forEach(result -> datasets.addAll(result.perDataset("sae" + key).keySet()));
        CategoryChart chart = Charts.bars(k == 1 ? "1 latent" : k + " latents", "accuracy");
        List<String> groups = new ArrayList<>(datasets);
        groups.add("mean");
        for (Evaluation result : results) {
            bars(chart, result.sae(), heights(result, "sae", key, groups, floor), groups, palette.of(result.sae()));
        }
        results.stream()
                .max(Comparator.comparingLong(Evaluation::step))
                .ifPresent(newest -> bars(
                        chart, "model (no SAE)", heights(newest, "llm", key, groups, floor), groups, Palette.MODEL));
        chart.getStyler().setYAxisMin(floor);
        chart.getStyler().setYAxisMax(1.0);
        chart.getStyler().setAvailableSpaceFill(0.75);
        chart.getStyler().setYAxisDecimalPattern("0.0");
        chart.getStyler().setXAxisLabelRotation(groups.size() > 6 ? 20 : 0);
        return chart;
    }

    private static void bars(
            CategoryChart chart, String name, List<Double> heights, List<String> groups, Palette.Look look) {
        CategorySeries series = chart.addSeries(name, groups, heights);
        series.setFillColor(look.colour());
    }

    /** A missing accuracy is drawn as no bar: one that ends at the floor. */
    private static List<Double> heights(Evaluation result, String side, String key, List<String> groups, double floor) {
        Map<String, Double> values = new LinkedHashMap<>(result.perDataset(side + key));
        values.put("mean", result.metric(side, side + key));
        return groups.stream()
                .map(group -> values.getOrDefault(group, Double.NaN))
                .map(value -> Double.isFinite(value) ? value : floor)
                .toList();
    }

    /** Chance, or the tenth below the lowest accuracy if one is lower: the same for every panel. */
    private static double floor(List<Evaluation> results, List<Integer> latents) {
        double least = CHANCE;
        for (Evaluation result : results) {
            for (int k : latents) {
                for (String side : List.of("sae", "llm")) {
                    for (double accuracy : result.perDataset(side + "_top_" + k + "_test_accuracy")
                            .values()) {
                        least = Double.isFinite(accuracy) ? Math.min(least, accuracy) : least;
                    }
                }
            }
        }
        return Math.floor(least * 10) / 10;
    }
}
