package org.unweave.model.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of sequences into shards of whole sequences, until enough rows are had; the last sequence is cut to
 * the row. Which sequences are in which shard depends on their lengths alone, so a harvest that is taken up again
 * finds the same shards.
 */
final class ShardPlan implements Iterator<List<TokenSequence>> {
    private final Iterator<TokenSequence> sequences;
    private final int shardRows;
    private long missing;
    private @Nullable TokenSequence waiting;

    ShardPlan(Iterator<TokenSequence> sequences, long rows, int shardRows) {
        this.sequences = sequences;
        this.shardRows = shardRows;
        this.missing = rows;
    }

    @Override
    public boolean hasNext() {
        if (waiting == null && missing > 0 && sequences.hasNext()) {
            waiting = sequences.next().cut((int) Math.min(missing, Integer.MAX_VALUE));
            missing -= waiting.rows();
        }
        return waiting != null;
    }

    @Override
    public List<TokenSequence> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        List<TokenSequence> shard = new ArrayList<>();
        int rows = 0;
        while (hasNext() && waiting != null && (shard.isEmpty() || rows + waiting.rows() <= shardRows)) {
            shard.add(waiting);
            rows += waiting.rows();
            waiting = null;
        }
        return shard;
    }
}
