package org.unweave.model.math;

import java.util.List;

/** A quantile of a sample, interpolated between its order statistics. */
public final class Quantile {
    private Quantile() {}

    /**
     * @param rising at least one value
     * @param share 0 gives the first, 1 the last
     */
    public static double of(List<Double> rising, double share) {
        double at = share * (rising.size() - 1);
        int below = (int) at;
        int above = Math.min(below + 1, rising.size() - 1);
        return rising.get(below) + (at - below) * (rising.get(above) - rising.get(below));
    }
}
