package org.unweave.model.math;

import java.util.Objects;

/**
 * A part of a gradient of [F, D], as the batch's rows that each feature takes up: entry j of the codes stands for {@code
 * factor coefficient[j]} times row {@code row of j}, added to row {@code feature of j}.
 *
 * <p>Holds its arrays by reference; they must not change before the kernel has read them.
 */
public final class FeatureRows {
    private final Codes codes;
    private final float[] coefficient;
    private final float factor;
    private final Mat rowsBD;

    public FeatureRows(Codes codes, float[] coefficient, Mat rowsBD) {
        this(codes, coefficient, 1, rowsBD);
    }

    public FeatureRows(Codes codes, float[] coefficient, float factor, Mat rowsBD) {
        this.codes = codes;
        this.coefficient = Objects.requireNonNull(coefficient);
        this.factor = factor;
        this.rowsBD = rowsBD;
        Shapes.entries(codes, coefficient);
    }

    public Codes codes() {
        return codes;
    }

    /** One number an entry. Not a copy. */
    public float[] coefficient() {
        return coefficient;
    }

    /** What each coefficient is multiplied by. */
    public float factor() {
        return factor;
    }

    public Mat rowsBD() {
        return rowsBD;
    }
}
