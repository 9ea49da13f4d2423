package org.unweave.model.lm;

import org.jspecify.annotations.Nullable;

/** How a tensor's elements are stored: in blocks of a fixed number of elements and bytes. */
enum GgufType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    /** A scale and a minimum in half precision, then 32 elements of 4 bits. */
    Q4_1(3, 32, 20),
    /** A scale in half precision, then 32 elements of 8 bits. */
    Q8_0(8, 32, 34);

    private final int code;
    private final int blockElements;
    private final int blockBytes;

    GgufType(int code, int blockElements, int blockBytes) {
        this.code = code;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The type that a file calls by this number, or null if it is none of these. */
    static @Nullable GgufType of(int code) {
        for (GgufType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }

    int blockElements() {
        return blockElements;
    }

    int blockBytes() {
        return blockBytes;
    }
}
