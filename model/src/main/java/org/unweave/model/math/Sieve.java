package org.unweave.model.math;

import java.util.Arrays;

/**
 * What is left of the pre-activations for one pick, tile by tile as they come.
 *
 * <p>Call order: {@link #take} for each tile, from any threads as long as a row's tiles come from one and in order of
 * their features; then {@link #finish}. What is chosen does not depend on the order in which rows come.
 */
abstract sealed class Sieve implements TileProduct.Sink permits LargestOfRow, HitSieve {
    /** The sieve of a pick among the pre-activations of {@code rows} rows and {@code features} features. */
    static Sieve of(Pick pick, int rows, int features) {
        return switch (pick) {
            case Pick.TopK(int k, Codes out) -> new LargestOfRow(rows, Math.min(k, features), all(features));
            case Pick.TopKAmong(FeatureSet among, int k, Codes out) ->
                new LargestOfRow(rows, Math.min(k, features), flags(among, features));
            case Pick.BatchTopK(int count, Codes out) -> new HitSieve.LargestOfAll(rows, count);
            case Pick.Positive(Codes out) -> new HitSieve.Above(rows, new float[features], out.mostPerRow());
            case Pick.Above(Mat bound1F, Codes out) -> new HitSieve.Above(rows, bound1F.toArray(), out.mostPerRow());
        };
    }

    private static boolean[] all(int features) {
        boolean[] flags = new boolean[features];
        Arrays.fill(flags, true);
        return flags;
    }

    private static boolean[] flags(FeatureSet set, int features) {
        boolean[] flags = new boolean[features];
        for (int feature : set.array()) {
            flags[feature] = true;
        }
        return flags;
    }

    static int panels(int rows) {
        return (rows + TileProduct.ROWS - 1) / TileProduct.ROWS;
    }

    /** What is held until the codes are written. */
    abstract long bytes();

    /** Writes the codes. */
    abstract void finish(Team team, Codes out);
}
