package org.unweave.config;

import java.util.List;

/**
 * The text that is harvested, and how its activations are stored.
 *
 * @param corpus {@code bundle}, or paths of text files (.txt, .jsonl with a field {@code text}, .csv with a column
 *     {@code text}) or of folders of them
 * @param tokens tokens to harvest, BOS tokens not counted
 * @param heldOutShare the share of documents that is kept out of training, for held-out values and the core metrics
 * @param heldOutTokens tokens of held-out documents to harvest, BOS tokens not counted
 * @param precision how a stored value is written
 * @param shardRows rows of one shard file
 */
public record DataConfig(
        List<String> corpus, long tokens, double heldOutShare, long heldOutTokens, Precision precision, int shardRows) {

    /** The stored form of an activation. */
    public enum Precision {
        BF16,
        FP32
    }

    public DataConfig {
        corpus = List.copyOf(corpus);
        Check.that(!corpus.isEmpty(), "corpus", "is empty; give bundle or paths of text files");
        for (String entry : corpus) {
            Check.that(!entry.isBlank(), "corpus", "has an empty entry; give bundle or paths of text files");
        }
        Check.distinct("corpus", corpus);
        Check.atLeast("tokens", tokens, 1);
        Check.within("held-out-share", heldOutShare, 0.001, 0.5);
        Check.atLeast("held-out-tokens", heldOutTokens, 2);
        Check.atLeast("shard-rows", shardRows, 1);
    }
}
