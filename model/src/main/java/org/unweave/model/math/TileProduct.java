package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The product {@code a b^T + bias}, handed on tile by tile while a tile is in the cache nearest to the core; the whole of
 * it is never stored.
 *
 * <p>An element is its bias and the sums over stretches of columns, each in order. So its bits depend on its operands
 * alone, and not on the threads or on the blocks of rows.
 */
final class TileProduct {
    /** Rows of b in a tile. */
    static final int FEATURES = 6;
    /** Rows of a in a tile: its lanes run along these. */
    static final int ROWS = 4 * Simd.LANES;

    private static final int TILE = FEATURES * ROWS;
    // Tiles of b that are gone through while a's panel is in the second-level cache.
    private static final int GROUP = 8;
    // Columns that are summed up at a time: a tile's part of b takes up a third of the first-level cache.
    private static final int DEPTH = 512;
    // Between the features in a tile's part of b; a constant, so that six of them need one index, and no power of two,
    // so
    // that they do not fall on the same lines of the cache.
    private static final int STRIDE = DEPTH + 16;
    private static final int BLOCK_PANELS = 8;
    private static final int LEAST_PANELS = 2;

    /** Takes up the tiles. Those of one row come from one thread, their features rising. */
    @FunctionalInterface
    interface Sink {
        /** Element (firstRow + r, firstFeature + i) is {@code sums[at + i * ROWS + r]}. */
        void take(int firstRow, int rows, int firstFeature, int features, float[] sums, int at);
    }

    private final Team team;
    private final ArrayDeque<Scratch> free = new ArrayDeque<>();

    TileProduct(Team team) {
        this.team = team;
    }

    /** Hands the product on to the sink, whose rows are a's and whose features are b's rows. */
    void run(Mat aMK, Mat bNK, Mat bias1N, Sink sink) {
        int panels = (aMK.rows() + ROWS - 1) / ROWS;
        int[] cuts = cuts(panels, team.threads());
        team.blocks(cuts.length - 1, 1, (from, to) -> {
            Scratch scratch = take();
            new Block(aMK, bNK, bias1N, sink, cuts[from] * ROWS, cuts[to] - cuts[from], scratch).run();
            give(scratch);
        });
    }

    // Large blocks read b less often; small ones at the end let no thread wait long for another.
    private static int[] cuts(int panels, int threads) {
        int[] cuts = new int[panels + 1];
        int count = 0;
        while (cuts[count] < panels) {
            int left = panels - cuts[count];
            int size = Math.clamp(left / (2L * threads), Math.min(left, LEAST_PANELS), BLOCK_PANELS);
            cuts[++count] = Math.min(panels, cuts[count - 1] + size);
        }
        return Arrays.copyOf(cuts, count + 1);
    }

    private synchronized Scratch take() {
        Scratch scratch = free.poll();
        return scratch == null ? new Scratch() : scratch;
    }

    private synchronized void give(Scratch scratch) {
        free.push(scratch);
    }

    /** What is held between calls. */
    synchronized long bytes() {
        return free.stream().mapToLong(Scratch::bytes).sum();
    }

    private static final class Scratch {
        private final float[] weights = new float[GROUP * FEATURES * STRIDE];
        private final float[] sums = new float[BLOCK_PANELS * GROUP * TILE];
        private final float[] part = new float[TILE];
        private MemorySegment panels = MemorySegment.NULL;

        private MemorySegment panels(int size) {
            if (panels.byteSize() < (long) size * Float.BYTES) {
                panels = Simd.aligned(size);
            }
            return panels;
        }

        private long bytes() {
            return (long) (weights.length + sums.length) * Float.BYTES + panels.byteSize();
        }
    }

    /** Some panels of a's rows, against all of b. */
    private static final class Block {
        private final Mat aMK;
        private final Mat bNK;
        private final Mat bias1N;
        private final Sink sink;
        private final int firstRow;
        private final int panels;
        private final int width;
        private final MemorySegment packed;
        private final float[] weights;
        private final float[] sums;
        private final float[] part;

        private Block(Mat aMK, Mat bNK, Mat bias1N, Sink sink, int firstRow, int panels, Scratch scratch) {
            this.aMK = aMK;
            this.bNK = bNK;
            this.bias1N = bias1N;
            this.sink = sink;
            this.firstRow = firstRow;
            this.panels = panels;
            this.width = aMK.cols();
            this.packed = scratch.panels(Math.multiplyExact(panels * ROWS, width));
            this.weights = scratch.weights;
            this.sums = scratch.sums;
            this.part = scratch.part;
        }

        private void run() {
            for (int panel = 0; panel < panels; panel++) {
                pack(panel);
            }
            int parts = (width + DEPTH - 1) / DEPTH;
            int depth = (width + parts - 1) / parts;
            for (int first = 0; first < bNK.rows(); first += GROUP * FEATURES) {
                int features = Math.min(GROUP * FEATURES, bNK.rows() - first);
                for (int from = 0; from < width; from += depth) {
                    copyWeights(first, features, from, Math.min(depth, width - from));
                    for (int panel = 0; panel < panels; panel++) {
                        add(panel, first, features, from, Math.min(depth, width - from));
                    }
                }
            }
        }

        // The element of row r and column k goes to k * ROWS + r of its panel.
        private void pack(int panel) {
            int start = panel * ROWS * width;
            int from = firstRow + panel * ROWS;
            int rows = Math.min(ROWS, aMK.rows() - from);
            if (rows < ROWS) {
                packed.asSlice((long) start * Float.BYTES, (long) ROWS * width * Float.BYTES)
                        .fill((byte) 0);
            }
            for (int first = 0; first < width; first += Simd.LANES) {
                int last = Math.min(width, first + Simd.LANES);
                for (int row = 0; row < rows; row++) {
                    long at = (long) (from + row) * width;
                    for (int k = first; k < last; k++) {
                        Simd.set(packed, start + k * ROWS + row, Simd.get(aMK.memory(), at + k));
                    }
                }
            }
        }

        private void copyWeights(int first, int features, int from, int depth) {
            for (int i = 0; i < features; i++) {
                long at = (long) (first + i) * width + from;
                MemorySegment.copy(bNK.memory(), Mat.FLOAT, at * Float.BYTES, weights, i * STRIDE, depth);
            }
            // A last tile that is not full goes on with weights of other features; nobody sees what comes of them.
        }

        private void add(int panel, int first, int features, int from, int depth) {
            int row = firstRow + panel * ROWS;
            int rows = Math.min(ROWS, aMK.rows() - row);
            for (int feature = 0; feature < features; feature += FEATURES) {
                int count = Math.min(FEATURES, features - feature);
                int tile = (panel * GROUP * FEATURES + feature) * ROWS;
                if (from == 0) {
                    begin(tile, first + feature, count);
                }
                multiply(weights, feature * STRIDE, depth, packed, (panel * width + from) * ROWS, part);
                addPart(tile);
                if (from + depth == width) {
                    sink.take(row, rows, first + feature, count, sums, tile);
                }
            }
        }

        private void addPart(int tile) {
            for (int i = 0; i < TILE; i += Simd.LANES) {
                load(sums, tile + i).add(load(part, i)).intoArray(sums, tile + i);
            }
        }

        private void begin(int tile, int feature, int count) {
            for (int i = 0; i < count; i++) {
                int at = tile + i * ROWS;
                Arrays.fill(sums, at, at + ROWS, Simd.get(bias1N.memory(), feature + i));
            }
        }
    }

    // Written out, for that alone keeps the tile's sums in registers: six features times four vectors of rows, three
    // quarters of the registers of a CPU that has 32.
    private static void multiply(float[] w, int first, int depth, MemorySegment x, long panel, float[] out) {
        FloatVector sum00 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum01 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum02 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum03 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum10 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum11 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum12 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum13 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum20 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum21 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum22 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum23 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum30 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum31 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum32 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum33 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum40 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum41 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum42 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum43 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum50 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum51 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum52 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum53 = FloatVector.zero(Simd.SPECIES);
        for (int k = 0; k < depth; k++) {
            long at = panel + (long) k * ROWS; // an int here is a fifth slower
            FloatVector x0 = Simd.load(x, at);
            FloatVector x1 = Simd.load(x, at + Simd.LANES);
            FloatVector x2 = Simd.load(x, at + 2 * Simd.LANES);
            FloatVector x3 = Simd.load(x, at + 3 * Simd.LANES);
            FloatVector w0 = FloatVector.broadcast(Simd.SPECIES, w[first + k]);
            sum00 = x0.fma(w0, sum00);
            sum01 = x1.fma(w0, sum01);
            sum02 = x2.fma(w0, sum02);
            sum03 = x3.fma(w0, sum03);
            FloatVector w1 = FloatVector.broadcast(Simd.SPECIES, w[first + k + STRIDE]);
            sum10 = x0.fma(w1, sum10);
            sum11 = x1.fma(w1, sum11);
            sum12 = x2.fma(w1, sum12);
            sum13 = x3.fma(w1, sum13);
            FloatVector w2 = FloatVector.broadcast(Simd.SPECIES, w[first + k + 2 * STRIDE]);
            sum20 = x0.fma(w2, sum20);
            sum21 = x1.fma(w2, sum21);
            sum22 = x2.fma(w2, sum22);
            sum23 = x3.fma(w2, sum23);
            FloatVector w3 = FloatVector.broadcast(Simd.SPECIES, w[first + k + 3 * STRIDE]);
            sum30 = x0.fma(w3, sum30);
            sum31 = x1.fma(w3, sum31);
            sum32 = x2.fma(w3, sum32);
            sum33 = x3.fma(w3, sum33);
            FloatVector w4 = FloatVector.broadcast(Simd.SPECIES, w[first + k + 4 * STRIDE]);
            sum40 = x0.fma(w4, sum40);
            sum41 = x1.fma(w4, sum41);
            sum42 = x2.fma(w4, sum42);
            sum43 = x3.fma(w4, sum43);
            FloatVector w5 = FloatVector.broadcast(Simd.SPECIES, w[first + k + 5 * STRIDE]);
            sum50 = x0.fma(w5, sum50);
            sum51 = x1.fma(w5, sum51);
            sum52 = x2.fma(w5, sum52);
            sum53 = x3.fma(w5, sum53);
        }
        sum00.intoArray(out, 0);
        sum01.intoArray(out, Simd.LANES);
        sum02.intoArray(out, 2 * Simd.LANES);
        sum03.intoArray(out, 3 * Simd.LANES);
        sum10.intoArray(out, ROWS);
        sum11.intoArray(out, ROWS + Simd.LANES);
        sum12.intoArray(out, ROWS + 2 * Simd.LANES);
        sum13.intoArray(out, ROWS + 3 * Simd.LANES);
        sum20.intoArray(out, 2 * ROWS);
        sum21.intoArray(out, 2 * ROWS + Simd.LANES);
        sum22.intoArray(out, 2 * ROWS + 2 * Simd.LANES);
        sum23.intoArray(out, 2 * ROWS + 3 * Simd.LANES);
        sum30.intoArray(out, 3 * ROWS);
        sum31.intoArray(out, 3 * ROWS + Simd.LANES);
        sum32.intoArray(out, 3 * ROWS + 2 * Simd.LANES);
        sum33.intoArray(out, 3 * ROWS + 3 * Simd.LANES);
        sum40.intoArray(out, 4 * ROWS);
        sum41.intoArray(out, 4 * ROWS + Simd.LANES);
        sum42.intoArray(out, 4 * ROWS + 2 * Simd.LANES);
        sum43.intoArray(out, 4 * ROWS + 3 * Simd.LANES);
        sum50.intoArray(out, 5 * ROWS);
        sum51.intoArray(out, 5 * ROWS + Simd.LANES);
        sum52.intoArray(out, 5 * ROWS + 2 * Simd.LANES);
        sum53.intoArray(out, 5 * ROWS + 3 * Simd.LANES);
    }

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(Simd.SPECIES, values, at);
    }
}
