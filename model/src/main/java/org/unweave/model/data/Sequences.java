package org.unweave.model.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.unweave.model.lm.Tokenizer;

/**
 * Documents as sequences, in order: each is BOS and the next tokens of one document, up to the context's length.
 *
 * <p>The end of a document is dropped where it is shorter than {@value #LEAST_TOKENS} tokens, since its rows would have
 * next to no context. Of one document at most {@value #MOST_WINDOWS} sequences are taken, its first ones, so that one
 * huge text does not dominate what the corpus teaches. Special tokens inside a text are left out: their positions are
 * masked everywhere.
 */
public final class Sequences implements Iterable<TokenSequence> {
    static final int LEAST_TOKENS = 16;
    static final int MOST_WINDOWS = 16;

    private final Iterable<Document> documents;
    private final Tokenizer tokenizer;
    private final int contextTokens;
    private final int mostWindows;

    /**
     * @param contextTokens tokens of the longest sequence, BOS included
     */
    public Sequences(Iterable<Document> documents, Tokenizer tokenizer, int contextTokens) {
        this(documents, tokenizer, contextTokens, MOST_WINDOWS);
    }

    /** The same, of at most so many sequences of a document. */
    Sequences(Iterable<Document> documents, Tokenizer tokenizer, int contextTokens, int mostWindows) {
        if (contextTokens < 2) {
            throw new IllegalArgumentException("a context of " + contextTokens + " tokens has no room beside BOS");
        }
        this.documents = documents;
        this.tokenizer = tokenizer;
        this.contextTokens = contextTokens;
        this.mostWindows = mostWindows;
    }

    @Override
    public Iterator<TokenSequence> iterator() {
        return new Windows(documents.iterator());
    }

    private int[] encode(String text) {
        int[] ids = tokenizer.encode(text);
        return Arrays.stream(ids).noneMatch(tokenizer::special)
                ? ids
                : Arrays.stream(ids).filter(id -> !tokenizer.special(id)).toArray();
    }

    private final class Windows implements Iterator<TokenSequence> {
        private final Iterator<Document> remaining;
        private String document = "";
        private int[] ids = {};
        private int window;
        private @Nullable TokenSequence next;

        Windows(Iterator<Document> remaining) {
            this.remaining = remaining;
        }

        @Override
        public boolean hasNext() {
            while (next == null) {
                next = window();
                if (next == null && !nextDocument()) {
                    return false;
                }
            }
            return true;
        }

        private @Nullable TokenSequence window() {
            int most = contextTokens - 1;
            int start = window * most;
            int length = Math.min(most, ids.length - start);
            // A context below the least length still yields its full windows.
            if (window >= mostWindows || length < Math.min(LEAST_TOKENS, most)) {
                return null;
            }
            int[] tokens = new int[length + 1];
            tokens[0] = tokenizer.bos();
            System.arraycopy(ids, start, tokens, 1, length);
            return new TokenSequence(document, window++, tokens);
        }

        private boolean nextDocument() {
            if (!remaining.hasNext()) {
                return false;
            }
            Document following = remaining.next();
            document = following.id();
            ids = encode(following.text());
            window = 0;
            return true;
        }

        @Override
        public TokenSequence next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            TokenSequence found = next;
            next = null;
            return found;
        }
    }
}
