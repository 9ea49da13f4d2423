package org.unweave.model.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.unweave.config.DataConfig.Precision;

/**
 * The stored form of a row of activations: little-endian, either bf16, which is the upper half of a float rounded to
 * nearest with ties to even, or the float itself.
 */
final class ActivationRows {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LANES = FLOATS.length();
    private static final int ROUND_DOWN = 0x7FFF;

    private ActivationRows() {}

    static int bytesPerValue(Precision precision) {
        return switch (precision) {
            case BF16 -> Short.BYTES;
            case FP32 -> Float.BYTES;
        };
    }

    static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40); // rounding could turn a NaN into an infinity
        }
        return (short) ((bits + ROUND_DOWN + (bits >>> 16 & 1)) >>> 16);
    }

    static float fromBf16(short stored) {
        return Float.intBitsToFloat(stored << 16);
    }

    /**
     * Writes {@code width} floats in stored form.
     *
     * @return whether every stored value is finite
     */
    static boolean encode(
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int width,
            Precision precision) {
        boolean finite = true;
        for (int i = 0; i < width; i++) {
            float value = source.get(ValueLayout.JAVA_FLOAT, sourceOffset + (long) i * Float.BYTES);
            switch (precision) {
                case BF16 -> {
                    short stored = toBf16(value);
                    finite &= Float.isFinite(fromBf16(stored));
                    target.set(SHORT, targetOffset + (long) i * Short.BYTES, stored);
                }
                case FP32 -> {
                    finite &= Float.isFinite(value);
                    target.set(FLOAT, targetOffset + (long) i * Float.BYTES, value);
                }
            }
        }
        return finite;
    }

    /** Reads {@code width} stored values, each times {@code scale}, into floats of the machine's byte order. */
    static void decode(
            MemorySegment source,
            long sourceOffset,
            MemorySegment target,
            long targetOffset,
            int width,
            float scale,
            Precision precision) {
        switch (precision) {
            case BF16 -> decodeBf16(source, sourceOffset, target, targetOffset, width, scale);
            case FP32 -> decodeFp32(source, sourceOffset, target, targetOffset, width, scale);
        }
    }

    private static void decodeBf16(
            MemorySegment source, long sourceOffset, MemorySegment target, long targetOffset, int width, float scale) {
        int i = 0;
        for (; i <= width - LANES; i += LANES) {
            ShortVector stored = ShortVector.fromMemorySegment(
                    SHORTS, source, sourceOffset + (long) i * Short.BYTES, ByteOrder.LITTLE_ENDIAN);
            IntVector bits = (IntVector) stored.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            bits.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .mul(scale)
                    .intoMemorySegment(target, targetOffset + (long) i * Float.BYTES, ByteOrder.nativeOrder());
        }
        for (; i < width; i++) {
            float value = fromBf16(source.get(SHORT, sourceOffset + (long) i * Short.BYTES));
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, targetOffset + (long) i * Float.BYTES, value * scale);
        }
    }

    private static void decodeFp32(
            MemorySegment source, long sourceOffset, MemorySegment target, long targetOffset, int width, float scale) {
        int i = 0;
        for (; i <= width - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, source, sourceOffset + at, ByteOrder.LITTLE_ENDIAN)
                    .mul(scale)
                    .intoMemorySegment(target, targetOffset + at, ByteOrder.nativeOrder());
        }
        for (; i < width; i++) {
            long at = (long) i * Float.BYTES;
            target.set(
                    ValueLayout.JAVA_FLOAT_UNALIGNED, targetOffset + at, source.get(FLOAT, sourceOffset + at) * scale);
        }
    }

    /** The Euclidean norm of a stored row, summed in double and in order. */
    static double norm(MemorySegment source, long offset, int width, Precision precision) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            double value = switch (precision) {
                case BF16 -> fromBf16(source.get(SHORT, offset + (long) i * Short.BYTES));
                case FP32 -> source.get(FLOAT, offset + (long) i * Float.BYTES);
            };
            sum += value * value;
        }
        return Math.sqrt(sum);
    }
}
