package org.unweave.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** The points of a training curve: rows seen, and a value. */
final class CurvePoints {
    /** More points than a panel has room for only thicken the line: neighbours are averaged. */
    private static final int MOST_POINTS = 240;

    private CurvePoints() {}

    /** Of the lines whose value is a number. */
    static List<double[]> of(List<MetricsLine> lines, ToDoubleFunction<MetricsLine> value) {
        return lines.stream()
                .map(line -> new double[] {line.rows(), value.applyAsDouble(line)})
                .filter(point -> Double.isFinite(point[1]))
                .toList();
    }

    /** The mean of several curves, at the rows that all of them have. */
    static List<double[]> mean(List<List<double[]>> curves) {
        TreeMap<Double, double[]> sums = new TreeMap<>();
        for (List<double[]> curve : curves) {
            for (double[] point : curve) {
                double[] sum = sums.computeIfAbsent(point[0], rows -> new double[2]);
                sum[0] += point[1];
                sum[1]++;
            }
        }
        List<double[]> mean = new ArrayList<>();
        sums.forEach((rows, sum) -> {
            if (sum[1] == curves.size()) {
                mean.add(new double[] {rows, sum[0] / sum[1]});
            }
        });
        return mean;
    }

    static List<double[]> thinned(List<double[]> points) {
        if (points.size() <= MOST_POINTS) {
            return points;
        }
        List<double[]> thin = new ArrayList<>(MOST_POINTS);
        for (int i = 0; i < MOST_POINTS; i++) {
            int from = (int) ((long) i * points.size() / MOST_POINTS);
            int to = (int) ((long) (i + 1) * points.size() / MOST_POINTS);
            List<double[]> bucket = points.subList(from, to);
            thin.add(new double[] {middle(bucket, 0), middle(bucket, 1)});
        }
        return thin;
    }

    static double[] column(List<double[]> points, int index) {
        return points.stream().mapToDouble(point -> point[index]).toArray();
    }

    private static double middle(List<double[]> points, int index) {
        return points.stream().mapToDouble(point -> point[index]).average().orElse(Double.NaN);
    }
}
