package org.unweave.model.math;

import java.util.Arrays;

/**
 * The active latents of a batch, row after row: entry j has a feature and a value, and row b owns the entries {@code
 * rowStart[b]} to {@code rowStart[b + 1]}, its features in rising order.
 *
 * <p>Made once and filled anew for each batch; the arrays grow and are not trimmed, so only the first {@link #entries}
 * elements mean something.
 */
public final class Codes {
    private final int features;
    private int rows;
    private int[] rowStart;
    private int[] feature;
    private float[] value;

    public Codes(int features) {
        this.features = features;
        this.rowStart = new int[1];
        this.feature = new int[0];
        this.value = new float[0];
    }

    /** Makes room for {@code newRows} rows and {@code entries} entries. What was there is lost. */
    public void reset(int newRows, int entries) {
        rows = newRows;
        if (rowStart.length <= newRows) {
            rowStart = new int[newRows + 1];
        }
        if (feature.length < entries) {
            feature = new int[entries];
            value = new float[entries];
        }
        Arrays.fill(rowStart, 0);
    }

    public int rows() {
        return rows;
    }

    /** F, of which each entry names one. */
    public int features() {
        return features;
    }

    /** Number of entries of all rows. */
    public int entries() {
        return rowStart[rows];
    }

    /** Where each row's entries begin; one element more than rows. */
    public int[] rowStart() {
        return rowStart;
    }

    /** The feature of each entry. */
    public int[] feature() {
        return feature;
    }

    /** The value of each entry. */
    public float[] value() {
        return value;
    }

    /** The share of all B x F that is an entry. */
    public double density() {
        return rows == 0 ? 0 : (double) entries() / ((double) rows * features);
    }

    /** Mean number of entries whose value is not 0, per row. */
    public double l0() {
        int active = 0;
        for (int j = 0; j < entries(); j++) {
            if (value[j] != 0) {
                active++;
            }
        }
        return rows == 0 ? 0 : (double) active / rows;
    }
}
