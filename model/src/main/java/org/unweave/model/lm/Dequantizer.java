package org.unweave.model.lm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.unweave.model.math.Mat;

/** Turns stored blocks into floats. */
final class Dequantizer {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Dequantizer() {}

    /** Whether all numbers were finite. */
    static boolean dequantize(GgufType type, MemorySegment source, MemorySegment out, long outIndex) {
        return switch (type) {
            case F32 -> float32(source, out, outIndex);
            case F16 -> float16(source, out, outIndex);
            case Q4_1 -> q4(source, out, outIndex);
            case Q8_0 -> q8(source, out, outIndex);
        };
    }

    private static boolean float32(MemorySegment source, MemorySegment out, long outIndex) {
        boolean finite = true;
        for (long i = 0; i < source.byteSize() / Float.BYTES; i++) {
            float value = Float.intBitsToFloat(source.get(INT, i * Float.BYTES));
            finite &= Float.isFinite(value);
            out.setAtIndex(Mat.FLOAT, outIndex + i, value);
        }
        return finite;
    }

    private static boolean float16(MemorySegment source, MemorySegment out, long outIndex) {
        boolean finite = true;
        for (long i = 0; i < source.byteSize() / Short.BYTES; i++) {
            float value = half(source, i * Short.BYTES);
            finite &= Float.isFinite(value);
            out.setAtIndex(Mat.FLOAT, outIndex + i, value);
        }
        return finite;
    }

    // x = scale q + minimum; the low halves of the 16 bytes are elements 0 to 15, the high halves 16 to 31.
    private static boolean q4(MemorySegment source, MemorySegment out, long outIndex) {
        int blockBytes = GgufType.Q4_1.blockBytes();
        boolean finite = true;
        long to = outIndex;
        for (long from = 0; from < source.byteSize(); from += blockBytes, to += 32) {
            float scale = half(source, from);
            float minimum = half(source, from + 2);
            finite &= Float.isFinite(scale) && Float.isFinite(minimum);
            for (int i = 0; i < 16; i++) {
                int pair = source.get(ValueLayout.JAVA_BYTE, from + 4 + i);
                out.setAtIndex(Mat.FLOAT, to + i, scale * (pair & 0xF) + minimum);
                out.setAtIndex(Mat.FLOAT, to + 16 + i, scale * ((pair >> 4) & 0xF) + minimum);
            }
        }
        return finite;
    }

    private static boolean q8(MemorySegment source, MemorySegment out, long outIndex) {
        int blockBytes = GgufType.Q8_0.blockBytes();
        boolean finite = true;
        long to = outIndex;
        for (long from = 0; from < source.byteSize(); from += blockBytes, to += 32) {
            float scale = half(source, from);
            finite &= Float.isFinite(scale);
            for (int i = 0; i < 32; i++) {
                out.setAtIndex(Mat.FLOAT, to + i, scale * source.get(ValueLayout.JAVA_BYTE, from + 2 + i));
            }
        }
        return finite;
    }

    private static float half(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }
}
