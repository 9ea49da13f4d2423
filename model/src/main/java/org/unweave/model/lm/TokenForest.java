package org.unweave.model.lm;

import java.util.Arrays;

/**
 * Token sequences that share their beginnings, and so the work on these. A segment of tokens begins a tree, or goes on
 * after some row of an earlier segment of the same tree. Rows of matrices stand in order of the segments, without padding.
 */
public final class TokenForest {
    private final int[][] tokens;
    private final int[] parent;
    private final int[] kept;
    private final int[] start;
    private final int[] offset;

    private TokenForest(int[][] tokens, int[] parent, int[] kept, int[] start, int[] offset) {
        this.tokens = tokens;
        this.parent = parent;
        this.kept = kept;
        this.start = start;
        this.offset = offset;
    }

    /** Takes segments one after the other; a segment's number is how many were added before. */
    public static final class Builder {
        private int[][] tokens = new int[16][];
        private int[] parent = new int[16];
        private int[] kept = new int[16];
        private int[] start = new int[17];
        private int[] offset = new int[16];
        private int segments;
        private int lastTree;

        /** Begins a tree; gives the segment's number. */
        public int add(int[] ids) {
            lastTree = segments;
            return append(ids, -1, 0, 0);
        }

        /**
         * Goes on after the first {@code rows} rows of a segment of the last tree; gives the new segment's number.
         *
         * @param after the number of the segment that is continued
         * @param rows at least 1
         */
        public int add(int[] ids, int after, int rows) {
            if (after < lastTree || after >= segments) {
                throw new IllegalArgumentException(
                        "segment " + after + " is none of the last tree's, " + lastTree + " to " + (segments - 1));
            }
            if (rows < 1 || rows > tokens[after].length) {
                throw new IllegalArgumentException(
                        "a continuation after " + rows + " of the " + tokens[after].length + " rows of a segment");
            }
            return append(ids, after, rows, offset[after] + rows);
        }

        private int append(int[] ids, int after, int rows, int position) {
            if (ids.length == 0) {
                throw new IllegalArgumentException("a segment without a token");
            }
            if (segments == tokens.length) {
                int room = 2 * segments;
                tokens = Arrays.copyOf(tokens, room);
                parent = Arrays.copyOf(parent, room);
                kept = Arrays.copyOf(kept, room);
                start = Arrays.copyOf(start, room + 1);
                offset = Arrays.copyOf(offset, room);
            }
            tokens[segments] = ids;
            parent[segments] = after;
            kept[segments] = rows;
            offset[segments] = position;
            start[segments + 1] = start[segments] + ids.length;
            return segments++;
        }

        public int segments() {
            return segments;
        }

        public int rows() {
            return start[segments];
        }

        public int length(int segment) {
            return tokens[segment].length;
        }

        public TokenForest build() {
            if (segments == 0) {
                throw new IllegalArgumentException("a forest without a segment");
            }
            return new TokenForest(
                    Arrays.copyOf(tokens, segments),
                    Arrays.copyOf(parent, segments),
                    Arrays.copyOf(kept, segments),
                    Arrays.copyOf(start, segments + 1),
                    Arrays.copyOf(offset, segments));
        }
    }

    public int segments() {
        return tokens.length;
    }

    /** R, the rows of all segments. */
    public int rows() {
        return start[tokens.length];
    }

    /** The first row of a segment; of the number after the last, R. */
    public int start(int segment) {
        return start[segment];
    }

    public int length(int segment) {
        return tokens[segment].length;
    }

    public int token(int segment, int t) {
        return tokens[segment][t];
    }

    /** The segment that this one continues, or -1. */
    int parent(int segment) {
        return parent[segment];
    }

    /** How many rows of its parent a segment continues. */
    int kept(int segment) {
        return kept[segment];
    }

    /** The position of a segment's first row in its sequence. */
    int offset(int segment) {
        return offset[segment];
    }

    /** Tokens of the sequence that ends with this segment. */
    int sequenceLength(int segment) {
        return offset[segment] + tokens[segment].length;
    }

    /** The rows of the sequence that ends with this segment. */
    int[] path(int segment) {
        int[] rows = new int[sequenceLength(segment)];
        int end = rows.length;
        int at = segment;
        int count = tokens[segment].length;
        while (true) {
            for (int i = 1; i <= count; i++) {
                rows[end - i] = start[at] + count - i;
            }
            end -= count;
            if (parent[at] < 0) {
                return rows;
            }
            count = kept[at];
            at = parent[at];
        }
    }

    /** Each segment's whole sequence: what the forest saves repeating. */
    TokenBatch unshared() {
        int[][] sequences = new int[tokens.length][];
        int[] ids = new int[rows()];
        for (int segment = 0; segment < tokens.length; segment++) {
            System.arraycopy(tokens[segment], 0, ids, start[segment], tokens[segment].length);
        }
        for (int segment = 0; segment < tokens.length; segment++) {
            sequences[segment] =
                    Arrays.stream(path(segment)).map(row -> ids[row]).toArray();
        }
        return new TokenBatch(sequences);
    }
}
