package org.unweave.model;

import java.util.List;

/**
 * Which rows of a batch are of labelled texts: the last ones, the same number of each text, text after text.
 *
 * @param firstRow the first row of the first text
 * @param rowsPerText consecutive tokens of each
 * @param texts what is known of each; none in most batches
 */
public record LabelledTexts(int firstRow, int rowsPerText, List<Labels> texts) {
    /** Of a batch without any. */
    public static final LabelledTexts NONE = new LabelledTexts(0, 0, List.of());

    /**
     * Of a text.
     *
     * @param main which of the two main values it has, 0 or 1
     * @param spurious which of the two values that are not to be learned, 0 or 1
     * @param heldOut whether the probes of the training do not learn from it, but are measured on it
     */
    public record Labels(int main, int spurious, boolean heldOut) {}

    public LabelledTexts {
        texts = List.copyOf(texts);
    }

    public boolean isEmpty() {
        return texts.isEmpty();
    }

    public int count() {
        return texts.size();
    }

    public Labels labels(int text) {
        return texts.get(text);
    }

    /** The first row of a text. */
    public int row(int text) {
        return firstRow + text * rowsPerText;
    }
}
