package org.unweave.cluster.http;

import java.util.Arrays;

/**
 * A curve of which few points are shown: the largest triangle of each bucket (Steinarsson 2013, "Downsampling time series for
 * visual representation", LTTB). First and last stay, and so do peaks.
 */
final class Thinning {
    private Thinning() {}

    /**
     * Which points are kept, rising.
     *
     * @param x rising
     * @param most points, at least 2
     */
    static int[] kept(long[] x, double[] y, int count, int most) {
        int[] kept = new int[Math.min(count, most)];
        if (count <= most) {
            Arrays.setAll(kept, i -> i);
            return kept;
        }
        // Between the first and the last, buckets of as equal a width as may be.
        double width = (count - 2.0) / Math.max(1, most - 2);
        int before = 0;
        for (int bucket = 0; bucket < most - 2; bucket++) {
            int from = 1 + (int) (bucket * width);
            int to = 1 + (int) ((bucket + 1) * width);
            int nextTo = Math.min(count, 1 + (int) ((bucket + 2) * width));
            double meanX = 0;
            double meanY = 0;
            int nextFrom = Math.min(to, count - 1);
            int next = Math.max(nextTo, nextFrom + 1) - nextFrom;
            for (int i = nextFrom; i < nextFrom + next; i++) {
                meanX += (double) x[i] / next;
                meanY += y[i] / next;
            }
            int best = from;
            double largest = -1;
            for (int i = from; i < to; i++) {
                double area = Math.abs(
                        (x[before] - meanX) * (y[i] - y[before]) - ((double) x[before] - x[i]) * (meanY - y[before]));
                if (area > largest) {
                    largest = area;
                    best = i;
                }
            }
            kept[bucket + 1] = best;
            before = best;
        }
        kept[most - 1] = count - 1;
        return kept;
    }
}
