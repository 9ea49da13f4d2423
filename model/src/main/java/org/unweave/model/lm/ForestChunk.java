package org.unweave.model.lm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.Mat;
import org.unweave.model.math.TransformerOps;
import org.unweave.model.math.Workspace;

/** A few trees of a forest: what goes through a block at once. */
final class ForestChunk implements Packed {
    private final TokenForest forest;
    private final int firstSegment;
    private final int endSegment;
    private final int[] starts;
    private final int[] keyStarts;
    private final int[] ids;
    private final int[] positions;

    private ForestChunk(TokenForest forest, int firstSegment, int endSegment) {
        this.forest = forest;
        this.firstSegment = firstSegment;
        this.endSegment = endSegment;
        this.starts = new int[endSegment - firstSegment + 1];
        this.keyStarts = new int[starts.length];
        for (int n = 1; n < starts.length; n++) {
            int segment = firstSegment + n - 1;
            starts[n] = starts[n - 1] + forest.length(segment);
            keyStarts[n] = keyStarts[n - 1] + forest.sequenceLength(segment);
        }
        this.ids = new int[rows()];
        this.positions = new int[rows()];
        for (int n = 0; n < starts.length - 1; n++) {
            for (int t = 0; t < starts[n + 1] - starts[n]; t++) {
                ids[starts[n] + t] = forest.token(firstSegment + n, t);
                positions[starts[n] + t] = forest.offset(firstSegment + n) + t;
            }
        }
    }

    /** Whole trees in order, as many in a chunk as fit in {@code maxRows}, and one at the least. */
    static List<ForestChunk> of(TokenForest forest, int maxRows) {
        List<ForestChunk> chunks = new ArrayList<>();
        int first = 0;
        int tree = 0;
        for (int segment = 1; segment <= forest.segments(); segment++) {
            if (segment < forest.segments() && forest.parent(segment) >= 0) {
                continue;
            }
            if (tree > first && forest.start(segment) - forest.start(first) > maxRows) {
                chunks.add(new ForestChunk(forest, first, tree));
                first = tree;
            }
            tree = segment;
        }
        chunks.add(new ForestChunk(forest, first, forest.segments()));
        return chunks;
    }

    /** This chunk's rows of a matrix of the whole forest. */
    Mat view(Mat allRD) {
        return allRD.rowsView(forest.start(firstSegment), forest.start(endSegment));
    }

    @Override
    public int rows() {
        return starts[starts.length - 1];
    }

    @Override
    public int[] ids() {
        return ids;
    }

    @Override
    public int[] positions() {
        return positions;
    }

    /** Lays the keys and values of each segment's whole sequence side by side. */
    @Override
    public void attend(TransformerOps ops, Mat qkvRC, TransformerOps.Heads heads, Workspace scratch, Mat outRC) {
        int columns = 2 * heads.keyValue() * heads.width();
        Mat keysValuesSC = scratch.take("keysValues", keyStarts[keyStarts.length - 1], columns);
        for (int segment = firstSegment; segment < endSegment; segment++) {
            gather(segment, qkvRC, heads, keysValuesSC);
        }
        ops.attention(qkvRC, starts, keysValuesSC, keyStarts, heads, outRC);
    }

    private void gather(int segment, Mat qkv, TransformerOps.Heads heads, Mat keysValues) {
        long rowBytes = (long) keysValues.cols() * Float.BYTES;
        long sourceBytes = (long) qkv.cols() * Float.BYTES;
        long queryBytes = (long) heads.query() * heads.width() * Float.BYTES;
        int end = keyStarts[segment - firstSegment + 1];
        int at = segment;
        int count = forest.length(segment);
        while (true) {
            end -= count;
            int from = starts[at - firstSegment];
            for (int i = 0; i < count; i++) {
                MemorySegment.copy(
                        qkv.memory(),
                        (from + i) * sourceBytes + queryBytes,
                        keysValues.memory(),
                        (end + i) * rowBytes,
                        rowBytes);
            }
            if (forest.parent(at) < 0) {
                return;
            }
            count = forest.kept(at);
            at = forest.parent(at);
        }
    }
}
