package org.unweave.model.data;

/**
 * A text of a corpus.
 *
 * @param id where it comes from, for messages: a file, and a line where there is one
 */
public record Document(String id, String text) {}
