package org.unweave.model.math;

import java.util.Arrays;

/**
 * For each row of a batch the features found in it, in the order in which they came, and their values. The rows grow
 * apart from one another, so that threads may fill different ones at the same time.
 */
final class RowLists {
    private static final int LEAST = 16;
    private static final int ROWS = 64;

    private int rows;
    private int[][] feature = new int[0][];
    private float[][] value = new float[0][];
    private int[] size = new int[0];

    /** All empty, with room for {@code capacity} entries each before a row must grow. */
    void reset(int newRows, int capacity) {
        int had = feature.length;
        rows = newRows;
        if (had < newRows) {
            feature = Arrays.copyOf(feature, newRows);
            value = Arrays.copyOf(value, newRows);
            size = new int[newRows];
        }
        for (int row = 0; row < newRows; row++) {
            if (row >= had || feature[row].length < capacity) {
                feature[row] = new int[Math.max(LEAST, capacity)];
                value[row] = new float[Math.max(LEAST, capacity)];
            }
        }
        Arrays.fill(size, 0, newRows, 0);
    }

    int rows() {
        return rows;
    }

    int[] feature(int row) {
        return feature[row];
    }

    float[] value(int row) {
        return value[row];
    }

    int size(int row) {
        return size[row];
    }

    /** Puts an entry at a row's end and returns the row's size. */
    int add(int row, int newFeature, float newValue) {
        int at = size[row];
        float[] values = value[row];
        if (at == values.length) {
            grow(row);
            values = value[row];
        }
        feature[row][at] = newFeature;
        values[at] = newValue;
        size[row] = at + 1;
        return at + 1;
    }

    private void grow(int row) {
        feature[row] = Arrays.copyOf(feature[row], 2 * size[row]);
        value[row] = Arrays.copyOf(value[row], 2 * size[row]);
    }

    /** Keeps the entries above a bound and the first {@code equal} of those that equal it, in their order. */
    void keep(int row, float bound, int equal) {
        int[] features = feature[row];
        float[] values = value[row];
        int kept = 0;
        int left = equal;
        for (int i = 0; i < size[row]; i++) {
            float candidate = values[i];
            features[kept] = features[i];
            values[kept] = candidate;
            if (candidate > bound) {
                kept++;
            } else if (candidate == bound && left > 0) {
                kept++;
                left--;
            }
        }
        size[row] = kept;
    }

    /** Writes all rows, one after the other. */
    void copyTo(Team team, Codes out) {
        int entries = 0;
        for (int row = 0; row < rows; row++) {
            entries = Math.addExact(entries, size[row]);
        }
        out.reset(rows, entries);
        int[] start = out.rowStart();
        for (int row = 0; row < rows; row++) {
            start[row + 1] = start[row] + size[row];
        }
        team.blocks(rows, ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                System.arraycopy(feature[row], 0, out.feature(), start[row], size[row]);
                System.arraycopy(value[row], 0, out.value(), start[row], size[row]);
            }
        });
    }

    /** What the arrays take. */
    long bytes() {
        long elements = size.length;
        for (float[] values : value) {
            elements += 2L * values.length;
        }
        return elements * Float.BYTES;
    }
}
