package org.unweave.cluster.watch;

import java.util.Arrays;

/** A number of a job over its updates. When it is full, every second point goes, and as many of those that follow. */
final class Curve {
    private static final int MOST_POINTS = 1024;

    private final long[] steps = new long[MOST_POINTS];
    private final double[] values = new double[MOST_POINTS];
    private int count;
    /** Points that one stands for: the newest of them. */
    private int stride = 1;

    private int inLast;

    /** Adds a point; one that is none (NaN, infinite) is left out. */
    void add(long step, double value) {
        // A job that starts again goes back to its checkpoint: what it had past it is overtaken.
        while (count > 0 && steps[count - 1] >= step) {
            count--;
            inLast = 0;
        }
        if (!Double.isFinite(value)) {
            return;
        }
        if (inLast > 0) {
            count--;
        } else if (count == MOST_POINTS) {
            thin();
        }
        steps[count] = step;
        values[count] = value;
        count++;
        inLast = (inLast + 1) % stride;
    }

    private void thin() {
        for (int i = 1; i < count; i += 2) {
            steps[i / 2] = steps[i];
            values[i / 2] = values[i];
        }
        count /= 2;
        stride *= 2;
    }

    void clear() {
        count = 0;
        stride = 1;
        inLast = 0;
    }

    int size() {
        return count;
    }

    /** The newest value; NaN where there is none. */
    double last() {
        return count == 0 ? Double.NaN : values[count - 1];
    }

    double least() {
        return Arrays.stream(values, 0, count).min().orElse(Double.NaN);
    }

    double most() {
        return Arrays.stream(values, 0, count).max().orElse(Double.NaN);
    }

    /**
     * The curve over equal parts of its updates: the mean of each part; a part without a point has that before it.
     *
     * @return {@code parts} values; none where there is no point
     */
    double[] parts(int parts) {
        if (count == 0 || parts < 1) {
            return new double[0];
        }
        double[] sums = new double[parts];
        int[] points = new int[parts];
        long first = steps[0];
        double span = Math.max(1, steps[count - 1] - first);
        for (int i = 0; i < count; i++) {
            int part = (int) Math.min(parts - 1, (steps[i] - first) / span * parts);
            sums[part] += values[i];
            points[part]++;
        }
        double before = values[0];
        for (int part = 0; part < parts; part++) {
            before = points[part] == 0 ? before : sums[part] / points[part];
            sums[part] = before;
        }
        return sums;
    }
}
