package org.unweave.model.math;

import java.util.Arrays;

/**
 * The active latents of a batch, row after row: entry j has a feature and a value, and row b owns the entries {@code
 * rowStart[b]} to {@code rowStart[b + 1]}, its features in rising order.
 *
 * <p>Made once and filled anew for each batch; the arrays grow, and shrink only where they are far too large, so only the
 * first {@link #entries} elements mean something.
 */
public final class Codes {
    /** Arrays of more than so many times what is needed are given back: codes are dense at the start of some runs only. */
    private static final int ROOMY = 4;
    /** Arrays of less than a few times this are not worth giving back. */
    private static final int FEW = 65_536;

    private final int features;
    private int rows;
    private int[] rowStart;
    private int[] feature;
    private float[] value;
    private int[] featureStart = new int[0];
    private int[] byFeature = new int[0];
    private int[] rowByFeature = new int[0];
    private boolean indexed;
    private float[] products = new float[0];
    private int mostPerRow = Integer.MAX_VALUE;
    private boolean crowded;

    public Codes(int features) {
        this.features = features;
        this.rowStart = new int[1];
        this.feature = new int[0];
        this.value = new float[0];
    }

    /** Makes room for {@code newRows} rows and {@code entries} entries. What was there is lost. */
    public void reset(int newRows, int entries) {
        rows = newRows;
        indexed = false;
        crowded = false;
        if (rowStart.length <= newRows) {
            rowStart = new int[newRows + 1];
        }
        if (!fits(feature.length, entries)) {
            feature = new int[entries];
            value = new float[entries];
            byFeature = new int[0];
            rowByFeature = new int[0];
            products = new float[0];
        }
        Arrays.fill(rowStart, 0);
    }

    private static boolean fits(int length, int entries) {
        return length >= entries && length <= (long) ROOMY * Math.max(entries, FEW);
    }

    /** Sets how many entries a row may have on average, over any few neighbouring rows, before codes are {@link #crowded}. */
    public void limit(int entriesPerRow) {
        mostPerRow = entriesPerRow;
    }

    int mostPerRow() {
        return mostPerRow;
    }

    /** Leaves the codes of so many rows without entries, for there would be too many. */
    void crowd(int newRows) {
        reset(newRows, 0);
        crowded = true;
    }

    /** Whether {@link Ops#encode} found more than the limit and left the codes without entries. */
    public boolean crowded() {
        return crowded;
    }

    /** Whether these codes, as they were found, are more than {@link Ops#encode} leaves at such a limit. */
    public boolean beyond(int entriesPerRow) {
        for (int from = 0; from < rows; from += TileProduct.ROWS) {
            int to = Math.min(rows, from + TileProduct.ROWS);
            if (rowStart[to] - rowStart[from] > (long) entriesPerRow * TileProduct.ROWS) {
                return true;
            }
        }
        return false;
    }

    /** An array with room for one number an entry: the given one, unless it is too small or far too large. */
    public float[] roomFor(float[] values) {
        return fits(values.length, entries()) ? values : new float[entries()];
    }

    /** The entries of other codes, with other values. */
    public void copyEntries(Codes source, float[] values) {
        int entries = source.entries();
        reset(source.rows, entries);
        System.arraycopy(source.rowStart, 0, rowStart, 0, rows + 1);
        System.arraycopy(source.feature, 0, feature, 0, entries);
        System.arraycopy(values, 0, value, 0, entries);
    }

    /** Those entries of other codes whose feature is at least {@code from} and below {@code to}. */
    public void copyRange(Codes source, int from, int to) {
        int count = 0;
        for (int j = 0; j < source.entries(); j++) {
            count += source.feature[j] >= from && source.feature[j] < to ? 1 : 0;
        }
        reset(source.rows, count);
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (int j = source.rowStart[row]; j < source.rowStart[row + 1]; j++) {
                if (source.feature[j] >= from && source.feature[j] < to) {
                    feature[at] = source.feature[j];
                    value[at++] = source.value[j];
                }
            }
            rowStart[row + 1] = at;
        }
    }

    /** Adds a number an entry of this to those of the codes it was copied from by {@link #copyRange}. */
    public void addToSource(Codes source, float[] mine, float[] ofSource) {
        for (int row = 0; row < rows; row++) {
            int j = source.rowStart[row];
            for (int i = rowStart[row]; i < rowStart[row + 1]; i++) {
                while (source.feature[j] != feature[i]) {
                    j++;
                }
                ofSource[j] += mine[i];
            }
        }
    }

    /** A row for each feature, which holds that feature alone, with value 1. */
    public void identity() {
        reset(features, features);
        for (int f = 0; f < features; f++) {
            feature[f] = f;
            value[f] = 1;
            rowStart[f + 1] = f + 1;
        }
    }

    /** What the arrays take. */
    public long bytes() {
        return 4L
                * (rowStart.length
                        + feature.length
                        + value.length
                        + featureStart.length
                        + byFeature.length
                        + rowByFeature.length
                        + products.length);
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

    /**
     * For each entry the product of its row's error and its feature's decoder row, as {@link Ops#decodeError} left them. Of
     * no use once entries or weights are others.
     */
    public float[] errorProducts() {
        return products;
    }

    /** Zeros for a kernel to add the products to. */
    float[] beginErrorProducts() {
        if (products.length < entries()) {
            products = new float[feature.length];
        }
        Arrays.fill(products, 0, entries(), 0f);
        return products;
    }

    /**
     * The same entries seen from the features: feature f owns the elements {@code featureStart()[f]} to {@code
     * featureStart()[f + 1]} of {@link #byFeature}, which are entry numbers in order of the rows.
     */
    int[] featureStart() {
        index();
        return featureStart;
    }

    /** Entry numbers, sorted by feature and then by row. */
    int[] byFeature() {
        index();
        return byFeature;
    }

    /** The row of each element of {@link #byFeature}. */
    int[] rowByFeature() {
        index();
        return rowByFeature;
    }

    // A counting sort; made once for each batch, on first use.
    private void index() {
        if (indexed) {
            return;
        }
        int entries = entries();
        if (featureStart.length == 0) {
            featureStart = new int[features + 1];
        }
        if (byFeature.length < entries) {
            byFeature = new int[feature.length];
            rowByFeature = new int[feature.length];
        }
        Arrays.fill(featureStart, 0);
        for (int j = 0; j < entries; j++) {
            featureStart[feature[j] + 1]++;
        }
        for (int f = 0; f < features; f++) {
            featureStart[f + 1] += featureStart[f];
        }
        for (int row = 0; row < rows; row++) {
            for (int j = rowStart[row]; j < rowStart[row + 1]; j++) {
                int at = featureStart[feature[j]]++;
                byFeature[at] = j;
                rowByFeature[at] = row;
            }
        }
        System.arraycopy(featureStart, 0, featureStart, 1, features);
        featureStart[0] = 0;
        indexed = true;
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
