package org.unweave.model.data;

import org.unweave.config.DataConfig;

/**
 * What a harvest reads.
 *
 * @param fingerprint equal where all texts are
 * @param seed what decided their order and which are held out
 * @param heldOutShare the share of texts that is held out
 * @param tokens training tokens asked for, BOS not counted
 * @param heldOutTokens held-out tokens asked for, BOS not counted
 * @param windowsPerDocument sequences of one document, at most
 */
record HarvestTexts(
        Iterable<Document> training,
        Iterable<Document> heldOut,
        String fingerprint,
        long seed,
        double heldOutShare,
        long tokens,
        long heldOutTokens,
        int windowsPerDocument) {

    /** A corpus. */
    static HarvestTexts of(Corpus corpus, DataConfig data) {
        return new HarvestTexts(
                corpus.training(),
                corpus.heldOut(),
                corpus.fingerprint(),
                corpus.seed(),
                corpus.heldOutShare(),
                data.tokens(),
                data.heldOutTokens(),
                Sequences.MOST_WINDOWS);
    }
}
