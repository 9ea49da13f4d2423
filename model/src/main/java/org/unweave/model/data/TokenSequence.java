package org.unweave.model.data;

import java.util.Arrays;

/** A sequence that a model is run over: BOS, then tokens of one document. */
public final class TokenSequence {
    private final String document;
    private final int window;
    private final int[] tokens;

    /** Takes the tokens as they are. */
    public TokenSequence(String document, int window, int[] tokens) {
        if (tokens.length < 2) {
            throw new IllegalArgumentException(document + ": a sequence of " + tokens.length + " tokens has no row");
        }
        this.document = document;
        this.window = window;
        this.tokens = tokens;
    }

    /** The document's id. */
    public String document() {
        return document;
    }

    /** Which of its document's sequences this is, from 0. */
    public int window() {
        return window;
    }

    /** BOS and the tokens; not to be changed. */
    public int[] tokens() {
        return tokens;
    }

    /** Positions after BOS. */
    public int rows() {
        return tokens.length - 1;
    }

    /** Its first positions after BOS. */
    TokenSequence cut(int rows) {
        return rows >= rows() ? this : new TokenSequence(document, window, Arrays.copyOf(tokens, rows + 1));
    }

    @Override
    public String toString() {
        return "sequence " + window + " of document " + document;
    }
}
