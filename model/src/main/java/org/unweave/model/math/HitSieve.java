package org.unweave.model.math;

import java.util.List;
import java.util.stream.Stream;

/** A sieve that holds what it finds as it finds it, panel by panel, and orders it by rows at the end. */
abstract sealed class HitSieve extends Sieve {
    private static final int ROWS = TileProduct.ROWS;
    private static final int FIRST_ROOM = 8 * 1024;

    private final int rows;
    private final List<Hits> panels;

    private HitSieve(int rows) {
        this.rows = rows;
        this.panels =
                Stream.generate(() -> new Hits(FIRST_ROOM)).limit(panels(rows)).toList();
    }

    int rows() {
        return rows;
    }

    @Override
    long bytes() {
        return panels.stream().mapToLong(Hits::bytes).sum();
    }

    Hits panel(int firstRow) {
        return panels.get(firstRow / ROWS);
    }

    List<Hits> panels() {
        return panels;
    }

    @Override
    void finish(Team team, Codes out) {
        write(team, new Cut(Float.NEGATIVE_INFINITY, 0), out);
    }

    /** Writes the codes of what is above the cut and, row by row, of what equals it. */
    void write(Team team, Cut cut, Codes out) {
        int[] size = new int[rows];
        int[] equal = new int[rows];
        eachPanel(team, (hits, firstRow) -> count(hits, firstRow, cut.bound(), size, equal));
        int[] start = new int[rows + 1];
        int left = cut.equal();
        for (int row = 0; row < rows; row++) {
            equal[row] = Math.min(left, equal[row]);
            left -= equal[row];
            start[row + 1] = Math.addExact(start[row], size[row] + equal[row]);
        }
        out.reset(rows, start[rows]);
        System.arraycopy(start, 0, out.rowStart(), 0, rows + 1);
        // From here on start is where a row's next entry goes.
        eachPanel(team, (hits, firstRow) -> copy(hits, firstRow, cut.bound(), equal, start, out));
    }

    private interface PanelWork {
        void run(Hits hits, int firstRow);
    }

    private void eachPanel(Team team, PanelWork work) {
        team.blocks(panels.size(), 1, (from, to) -> {
            for (int index = from; index < to; index++) {
                work.run(panels.get(index), index * ROWS);
            }
        });
    }

    private static void count(Hits hits, int firstRow, float bound, int[] size, int[] equal) {
        int[] place = hits.place();
        float[] value = hits.value();
        for (int i = 0; i < hits.size(); i++) {
            int row = firstRow + Hits.row(place[i]);
            if (value[i] > bound) {
                size[row]++;
            } else if (value[i] == bound) {
                equal[row]++;
            }
        }
    }

    private static void copy(Hits hits, int firstRow, float bound, int[] equal, int[] next, Codes out) {
        int[] place = hits.place();
        float[] value = hits.value();
        int[] feature = out.feature();
        float[] values = out.value();
        for (int i = 0; i < hits.size(); i++) {
            int row = firstRow + Hits.row(place[i]);
            boolean counts = value[i] > bound;
            if (!counts && value[i] == bound && equal[row] > 0) {
                equal[row]--;
                counts = true;
            }
            if (counts) {
                int at = next[row]++;
                feature[at] = Hits.feature(place[i]);
                values[at] = value[i];
            }
        }
    }

    /** All above their feature's bound. */
    static final class Above extends HitSieve {
        private final float[] bounds;
        private final long most;

        /** @param mostPerRow entries that a row may have on average, panel by panel */
        Above(int rows, float[] bounds, int mostPerRow) {
            super(rows);
            this.bounds = bounds;
            this.most = (long) mostPerRow * ROWS;
        }

        @Override
        public void take(int firstRow, int count, int firstFeature, int features, float[] sums, int at) {
            Hits hits = panel(firstRow);
            if (hits.size() > most) {
                return;
            }
            hits.reserve(features * ROWS);
            for (int i = 0; i < features; i++) {
                int feature = firstFeature + i;
                hits.addAbove(sums, at + i * ROWS, feature, bounds[feature], count);
            }
        }

        @Override
        void finish(Team team, Codes out) {
            if (panels().stream().anyMatch(hits -> hits.size() > most)) {
                out.crowd(rows());
            } else {
                super.finish(team, out);
            }
        }
    }

    /**
     * The largest positive of the whole batch. All rows share a bar that rises with what was found so far; it only saves
     * work, and what is chosen does not depend on it.
     */
    static final class LargestOfAll extends HitSieve {
        private static final int SHIFT = 16;
        private static final int TILES = 128;

        private final int count;
        // Of what was found, by the upper bits of the value. Threads add without regard to one another: an addition
        // that
        // is lost leaves a number too low, and the bar with it, which is safe.
        private final int[] found = new int[1 << SHIFT];
        private int tiles;
        private volatile float bar;

        LargestOfAll(int rows, int count) {
            super(rows);
            this.count = count;
        }

        @Override
        public void take(int firstRow, int rowCount, int firstFeature, int features, float[] sums, int at) {
            if (++tiles % TILES == 0) {
                raise();
            }
            float least = bar;
            Hits hits = panel(firstRow);
            hits.reserve(features * ROWS);
            int before = hits.size();
            for (int i = 0; i < features; i++) {
                hits.addAbove(sums, at + i * ROWS, firstFeature + i, least, rowCount);
            }
            float[] value = hits.value();
            for (int i = before; i < hits.size(); i++) {
                found[Float.floatToRawIntBits(value[i]) >>> SHIFT]++;
            }
        }

        @Override
        long bytes() {
            return super.bytes() + 4L * found.length;
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
            long all = panels().stream().mapToLong(Hits::size).sum();
            if (all > count) {
                write(team, Cut.ofAll(panels(), count), out);
            } else {
                super.finish(team, out);
            }
        }
    }
}
