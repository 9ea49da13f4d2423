package org.unweave.model.data;

/**
 * A text and its class.
 *
 * @param label the index of the class in {@link LabelledSet#classes}
 */
public record LabelledText(String text, int label) {}
