package org.unweave.eval;

import java.util.List;

/** Texts on what is to be forgotten and on what is to be kept, apart from any question. */
public record UnlearningCorpora(Corpus forget, Corpus retain) {
    /**
     * @param name what results call it
     * @param documents of which the sequences are made
     * @param sequences of tokens, each beginning with BOS
     */
    public record Corpus(String name, int documents, List<int[]> sequences) {
        public Corpus {
            sequences = List.copyOf(sequences);
        }
    }
}
