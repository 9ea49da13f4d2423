package org.unweave.model.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The k largest positive of each row, among the features that are flagged. A row collects what is above its bar; when it
 * has twice as many, it is cut back to the k largest, and the bar rises to the least of them.
 */
final class LargestOfRow extends Sieve {
    private static final VectorSpecies<Integer> NUMBERS =
            Simd.SPECIES.withLanes(int.class).check(int.class);

    // Hits of a panel that are handed out to its rows at a time: few enough for the bars to keep up.
    private static final int MANY = 256;

    private final int rows;
    private final int k;
    // Entries that a row has room for; whole vectors.
    private final int room;
    private final boolean[] among;
    private final @Nullable Panel[] panels;

    LargestOfRow(int rows, int k, boolean[] among) {
        this.rows = rows;
        this.k = k;
        this.room = (Math.max(2 * k, k + 4 * Simd.LANES) + Simd.LANES - 1) / Simd.LANES * Simd.LANES;
        this.among = among;
        this.panels = new Panel[panels(rows)];
    }

    @Override
    public void take(int firstRow, int count, int firstFeature, int features, float[] sums, int at) {
        panel(firstRow).take(firstFeature, features, sums, at);
    }

    private Panel panel(int firstRow) {
        int index = firstRow / TileProduct.ROWS;
        Panel panel = panels[index];
        if (panel == null) {
            panel = new Panel(Math.min(TileProduct.ROWS, rows - firstRow));
            panels[index] = panel;
        }
        return panel;
    }

    @Override
    long bytes() {
        long bytes = among.length;
        for (Panel panel : panels) {
            bytes += panel == null ? 0 : panel.bytes();
        }
        return bytes;
    }

    @Override
    void finish(Team team, Codes out) {
        int[] start = new int[rows + 1];
        team.blocks(panels.length, 1, (from, to) -> {
            for (int index = from; index < to; index++) {
                Panel panel = panel(index * TileProduct.ROWS);
                panel.finish();
                System.arraycopy(panel.size, 0, start, index * TileProduct.ROWS + 1, panel.count);
            }
        });
        for (int row = 0; row < rows; row++) {
            start[row + 1] += start[row];
        }
        out.reset(rows, start[rows]);
        System.arraycopy(start, 0, out.rowStart(), 0, rows + 1);
        team.blocks(panels.length, 1, (from, to) -> {
            for (int index = from; index < to; index++) {
                panel(index * TileProduct.ROWS).copyTo(out, index * TileProduct.ROWS);
            }
        });
    }

    /** The rows of one panel. Row r's entries begin at {@code r * room}. */
    private final class Panel {
        private final int count;
        private final int[] feature = new int[TileProduct.ROWS * room];
        private final float[] value = new float[TileProduct.ROWS * room];
        private final int[] size = new int[TileProduct.ROWS];
        private final float[] bar = new float[TileProduct.ROWS];
        private final Hits hits = new Hits(MANY + TileProduct.FEATURES * TileProduct.ROWS + Simd.LANES);

        private Panel(int count) {
            this.count = count;
            // Rows that are not there find nothing above their bar.
            Arrays.fill(bar, count, TileProduct.ROWS, Float.POSITIVE_INFINITY);
        }

        private void take(int firstFeature, int features, float[] sums, int at) {
            for (int i = 0; i < features; i++) {
                if (among[firstFeature + i]) {
                    hits.addAbove(sums, at + i * TileProduct.ROWS, firstFeature + i, bar);
                }
            }
            if (hits.size() >= MANY) {
                handOut();
            }
        }

        private void handOut() {
            int[] places = hits.place();
            float[] values = hits.value();
            for (int i = 0; i < hits.size(); i++) {
                add(Hits.row(places[i]), Hits.feature(places[i]), values[i]);
            }
            hits.clear();
        }

        private void add(int row, int newFeature, float newValue) {
            int at = row * room + size[row];
            feature[at] = newFeature;
            value[at] = newValue;
            if (++size[row] == room) {
                cut(row);
            }
        }

        private void cut(int row) {
            int start = row * room;
            Cut cut = Cut.ofRow(value, start, size[row], k, bar[row]);
            bar[row] = cut.bound();
            if (cut.equal() == 0) {
                keepAbove(row, start, cut.bound());
            } else {
                keep(row, start, cut);
            }
        }

        private void keepAbove(int row, int start, float bound) {
            int kept = start;
            int end = start + size[row];
            for (int i = start; i < end; i += Simd.LANES) {
                FloatVector values = FloatVector.fromArray(Simd.SPECIES, value, i);
                VectorMask<Float> above = values.compare(VectorOperators.GT, bound);
                values.compress(above).intoArray(value, kept);
                IntVector.fromArray(NUMBERS, feature, i)
                        .compress(above.cast(NUMBERS))
                        .intoArray(feature, kept);
                kept += above.trueCount();
            }
            size[row] = kept - start;
        }

        private void keep(int row, int start, Cut cut) {
            int kept = start;
            int left = cut.equal();
            for (int i = start; i < start + size[row]; i++) {
                float candidate = value[i];
                feature[kept] = feature[i];
                value[kept] = candidate;
                if (candidate > cut.bound()) {
                    kept++;
                } else if (candidate == cut.bound() && left > 0) {
                    kept++;
                    left--;
                }
            }
            size[row] = kept - start;
        }

        private void finish() {
            handOut();
            for (int row = 0; row < count; row++) {
                if (size[row] > k) {
                    int end = row * room + size[row];
                    Arrays.fill(value, end, (row + 1) * room, 0f);
                    cut(row);
                }
            }
        }

        private long bytes() {
            return 4L * (feature.length + value.length + size.length + bar.length) + hits.bytes();
        }

        private void copyTo(Codes out, int firstRow) {
            for (int row = 0; row < count; row++) {
                int at = out.rowStart()[firstRow + row];
                System.arraycopy(feature, row * room, out.feature(), at, size[row]);
                System.arraycopy(value, row * room, out.value(), at, size[row]);
            }
        }
    }
}
