package org.unweave.model.lm;

/**
 * Where a tensor lies in its file. A matrix [rows, columns] is stored row by row; a vector has one row.
 *
 * @param offset of its first byte, from the start of the file
 */
record GgufTensor(String name, GgufType type, long rows, long columns, long offset, long sizeBytes) {
    long rowBytes() {
        return columns / type.blockElements() * type.blockBytes();
    }
}
