package org.unweave.eval;

import java.util.Arrays;

/**
 * Rows of which most elements are 0, such as pooled latents of texts: row n owns the entries {@code rowStart[n]} to
 * {@code rowStart[n + 1]}, their columns rising.
 */
final class SparseRows {
    private final int columns;
    private final int[] rowStart;
    private final int[] column;
    private final float[] value;

    private SparseRows(int columns, int[] rowStart, int[] column, float[] value) {
        this.columns = columns;
        this.rowStart = rowStart;
        this.column = column;
        this.value = value;
    }

    int rows() {
        return rowStart.length - 1;
    }

    int columns() {
        return columns;
    }

    int start(int row) {
        return rowStart[row];
    }

    int end(int row) {
        return rowStart[row + 1];
    }

    int column(int entry) {
        return column[entry];
    }

    float value(int entry) {
        return value[entry];
    }

    /** The scalar product of a row with a vector of one element per column. */
    double dot(int row, double[] vector) {
        double sum = 0;
        for (int j = rowStart[row]; j < rowStart[row + 1]; j++) {
            sum += value[j] * vector[column[j]];
        }
        return sum;
    }

    /** Adds a multiple of a row to a vector of one element per column. */
    void addTo(double[] vector, int row, double factor) {
        for (int j = rowStart[row]; j < rowStart[row + 1]; j++) {
            vector[column[j]] += factor * value[j];
        }
    }

    /** The element, 0 where no entry is. */
    float get(int row, int wanted) {
        int at = Arrays.binarySearch(column, rowStart[row], rowStart[row + 1], wanted);
        return at < 0 ? 0 : value[at];
    }

    /** The given columns of the given rows, row by row. */
    double[] dense(int[] wantedRows, int[] wantedColumns) {
        double[] out = new double[wantedRows.length * wantedColumns.length];
        int next = 0;
        for (int row : wantedRows) {
            for (int wanted : wantedColumns) {
                out[next] = get(row, wanted);
                next++;
            }
        }
        return out;
    }

    /** Takes rows one after the other; each is a sum that is built up in any order of columns and then closed. */
    static final class Builder {
        private final float[] sum;
        private final boolean[] present;
        private int[] touched = new int[64];
        private int touchedCount;

        private int[] rowStart;
        private int rows;
        private int[] column = new int[1024];
        private float[] value = new float[1024];

        Builder(int columns, int expectedRows) {
            this.sum = new float[columns];
            this.present = new boolean[columns];
            this.rowStart = new int[expectedRows + 1];
        }

        void add(int at, float amount) {
            if (!present[at]) {
                present[at] = true;
                if (touchedCount == touched.length) {
                    touched = Arrays.copyOf(touched, touchedCount * 2);
                }
                touched[touchedCount] = at;
                touchedCount++;
            }
            sum[at] += amount;
        }

        /** Ends a row: what was added, each element times {@code factor}; sums of 0 are left out. */
        void endRow(float factor) {
            Arrays.sort(touched, 0, touchedCount);
            int entries = rowStart[rows];
            if (column.length < entries + touchedCount) {
                int capacity = Math.max(column.length * 2, entries + touchedCount);
                column = Arrays.copyOf(column, capacity);
                value = Arrays.copyOf(value, capacity);
            }
            for (int i = 0; i < touchedCount; i++) {
                int at = touched[i];
                if (sum[at] != 0) {
                    column[entries] = at;
                    value[entries] = sum[at] * factor;
                    entries++;
                }
                sum[at] = 0;
                present[at] = false;
            }
            touchedCount = 0;
            rows++;
            if (rowStart.length <= rows) {
                rowStart = Arrays.copyOf(rowStart, rows * 2);
            }
            rowStart[rows] = entries;
        }

        SparseRows build() {
            int entries = rowStart[rows];
            return new SparseRows(
                    sum.length,
                    Arrays.copyOf(rowStart, rows + 1),
                    Arrays.copyOf(column, entries),
                    Arrays.copyOf(value, entries));
        }
    }
}
