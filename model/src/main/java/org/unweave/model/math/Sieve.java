package org.unweave.model.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * What is left of the pre-activations for one pick, tile by tile as they come.
 *
 * <p>Call order: {@link #take} for each tile, from any threads as long as a row's tiles come from one and in order of
 * their features; then {@link #finish}. What is chosen does not depend on the order in which rows come.
 */
abstract sealed class Sieve implements TileProduct.Sink {
    final RowLists lists;

    private Sieve(RowLists lists) {
        this.lists = lists;
    }

    /** The sieve of a pick among the pre-activations of {@code rows} rows and {@code features} features. */
    static Sieve of(Pick pick, int rows, int features, RowLists lists) {
        return switch (pick) {
            case Pick.TopK(int k, Codes out) -> new LargestOfRow(lists, rows, Math.min(k, features), null);
            case Pick.TopKAmong(FeatureSet among, int k, Codes out) ->
                new LargestOfRow(lists, rows, Math.min(k, features), flags(among, features));
            case Pick.BatchTopK(int count, Codes out) -> new LargestOfAll(lists, rows, count);
            case Pick.Positive(Codes out) -> new Above(lists, rows, new float[features]);
            case Pick.Above(Mat bound1F, Codes out) -> new Above(lists, rows, bound1F.toArray());
        };
    }

    private static boolean[] flags(FeatureSet set, int features) {
        boolean[] flags = new boolean[features];
        for (int feature : set.array()) {
            flags[feature] = true;
        }
        return flags;
    }

    /** Writes the codes. */
    abstract void finish(Team team, Codes out);

    // The lanes of a vector that begins with this row of a panel, as bits: those beyond the last row do not count.
    private static long lanes(VectorMask<Float> mask, int left) {
        long lanes = mask.toLong();
        return left < Simd.LANES ? lanes & ((1L << left) - 1) : lanes;
    }

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(Simd.SPECIES, values, at);
    }

    /**
     * The k largest positive of each row. A row collects what is above its bar; when it has twice as many, it is cut back
     * to the k largest, and the bar rises to the least of them.
     */
    private static final class LargestOfRow extends Sieve {
        private final int k;
        private final int full;
        private final boolean @Nullable [] among;
        // One for each row, and beyond the last one infinity, up to a whole panel.
        private final float[] bars;

        private LargestOfRow(RowLists lists, int rows, int k, boolean @Nullable [] among) {
            super(lists);
            this.k = k;
            this.full = Cut.wholeVectors(Math.max(2 * k, k + 4 * Simd.LANES));
            this.among = among;
            this.bars = new float[rows + TileProduct.ROWS];
            Arrays.fill(bars, rows, bars.length, Float.POSITIVE_INFINITY);
            lists.reset(rows, full);
        }

        @Override
        public void take(int firstRow, int rows, int firstFeature, int features, float[] sums, int at) {
            for (int i = 0; i < features; i++) {
                if (among != null && !among[firstFeature + i]) {
                    continue;
                }
                for (int row = 0; row < rows; row += Simd.LANES) {
                    int start = at + i * TileProduct.ROWS + row;
                    long lanes = load(sums, start)
                            .compare(VectorOperators.GT, load(bars, firstRow + row))
                            .toLong();
                    for (; lanes != 0; lanes &= lanes - 1) {
                        int lane = Long.numberOfTrailingZeros(lanes);
                        add(firstRow + row + lane, firstFeature + i, sums[start + lane]);
                    }
                }
            }
        }

        private void add(int row, int feature, float value) {
            if (lists.add(row, feature, value) == full) {
                cut(row);
            }
        }

        private void cut(int row) {
            Cut cut = Cut.ofRow(lists.value(row), lists.size(row), k, bars[row]);
            lists.keep(row, cut.bound(), cut.equal());
            bars[row] = cut.bound();
        }

        @Override
        void finish(Team team, Codes out) {
            team.blocks(lists.rows(), TileProduct.ROWS, (from, to) -> {
                for (int row = from; row < to; row++) {
                    if (lists.size(row) > k) {
                        cut(row);
                    }
                }
            });
            lists.copyTo(team, out);
        }
    }

    /** All above their feature's bound. */
    private static final class Above extends Sieve {
        private final float[] bounds;

        private Above(RowLists lists, int rows, float[] bounds) {
            super(lists);
            this.bounds = bounds;
            lists.reset(rows, 0);
        }

        @Override
        public void take(int firstRow, int rows, int firstFeature, int features, float[] sums, int at) {
            for (int i = 0; i < features; i++) {
                float bound = bounds[firstFeature + i];
                for (int row = 0; row < rows; row += Simd.LANES) {
                    int start = at + i * TileProduct.ROWS + row;
                    long lanes = lanes(load(sums, start).compare(VectorOperators.GT, bound), rows - row);
                    for (; lanes != 0; lanes &= lanes - 1) {
                        int lane = Long.numberOfTrailingZeros(lanes);
                        lists.add(firstRow + row + lane, firstFeature + i, sums[start + lane]);
                    }
                }
            }
        }

        @Override
        void finish(Team team, Codes out) {
            lists.copyTo(team, out);
        }
    }

    /**
     * The largest positive of the whole batch. All rows share a bar that rises with what was found so far; it only saves
     * work, and what is chosen does not depend on it.
     */
    private static final class LargestOfAll extends Sieve {
        private static final int SHIFT = 16;
        private static final int TILES = 256;

        private final int count;
        // Of what was found, by the upper bits of the value. Threads add without regard to one another: an addition
        // that
        // is lost leaves a number too low, and the bar with it, which is safe.
        private final int[] found = new int[1 << SHIFT];
        private int tiles;
        private volatile float bar;

        private LargestOfAll(RowLists lists, int rows, int count) {
            super(lists);
            this.count = count;
            lists.reset(rows, 0);
        }

        @Override
        public void take(int firstRow, int rows, int firstFeature, int features, float[] sums, int at) {
            if (++tiles % TILES == 0) {
                raise();
            }
            float least = bar;
            for (int i = 0; i < features; i++) {
                for (int row = 0; row < rows; row += Simd.LANES) {
                    int start = at + i * TileProduct.ROWS + row;
                    long lanes = lanes(load(sums, start).compare(VectorOperators.GT, least), rows - row);
                    for (; lanes != 0; lanes &= lanes - 1) {
                        int lane = Long.numberOfTrailingZeros(lanes);
                        float value = sums[start + lane];
                        lists.add(firstRow + row + lane, firstFeature + i, value);
                        found[Float.floatToRawIntBits(value) >>> SHIFT]++;
                    }
                }
            }
        }

        // What has as many at or above it as are wanted is not among them, if it is below.
        private void raise() {
            int lowest = Float.floatToRawIntBits(bar) >>> SHIFT;
            int left = count;
            for (int bin = Float.floatToRawIntBits(Float.POSITIVE_INFINITY) >>> SHIFT; bin > lowest; bin--) {
                left -= found[bin];
                if (left <= 0) {
                    bar = Float.intBitsToFloat((bin << SHIFT) - 1);
                    return;
                }
            }
        }

        @Override
        void finish(Team team, Codes out) {
            long all = 0;
            for (int row = 0; row < lists.rows(); row++) {
                all += lists.size(row);
            }
            if (all > count) {
                cut(team, Cut.ofAll(lists, count));
            }
            lists.copyTo(team, out);
        }

        private void cut(Team team, Cut cut) {
            int[] equal = new int[lists.rows()];
            int left = cut.equal();
            for (int row = 0; row < equal.length && left > 0; row++) {
                equal[row] = Math.min(left, countEqual(row, cut.bound()));
                left -= equal[row];
            }
            team.blocks(lists.rows(), TileProduct.ROWS, (from, to) -> {
                for (int row = from; row < to; row++) {
                    lists.keep(row, cut.bound(), equal[row]);
                }
            });
        }

        private int countEqual(int row, float bound) {
            float[] values = lists.value(row);
            int equal = 0;
            for (int i = 0; i < lists.size(row); i++) {
                if (values[i] == bound) {
                    equal++;
                }
            }
            return equal;
        }
    }
}
