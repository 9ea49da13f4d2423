package org.unweave.model.lm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads the values of a GGUF header one after the other. Nothing is allocated for a length that the file cannot hold. */
final class GgufCursor {
    static final String REMEDY = "fetch the file again, or convert the model anew";

    private static final int MAX_NESTING = 4;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final MemorySegment bytes;
    private long position;

    GgufCursor(Path file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    ModelFileException corrupt(String problem) {
        return new ModelFileException(file, problem, REMEDY);
    }

    byte int8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(Byte.BYTES, what));
    }

    short int16(String what) {
        return bytes.get(SHORT, advance(Short.BYTES, what));
    }

    int int32(String what) {
        return bytes.get(INT, advance(Integer.BYTES, what));
    }

    long int64(String what) {
        return bytes.get(LONG, advance(Long.BYTES, what));
    }

    float float32(String what) {
        return Float.intBitsToFloat(int32(what));
    }

    double float64(String what) {
        return Double.longBitsToDouble(int64(what));
    }

    boolean bool(String what) {
        byte value = int8(what);
        if (value != 0 && value != 1) {
            throw corrupt(what + " is neither true nor false, but " + value);
        }
        return value == 1;
    }

    /** A number of things that take {@code minimumBytes} each, at the least. */
    int count(long minimumBytes, String what) {
        long count = int64(what);
        if (count < 0 || count > (bytes.byteSize() - position) / minimumBytes || count > Integer.MAX_VALUE - 8) {
            throw corrupt(what + " is " + Long.toUnsignedString(count) + ", more than the file can hold");
        }
        return (int) count;
    }

    String text(String what) {
        int length = count(1, "the length of " + what);
        byte[] encoded = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, advance(length, what), encoded, 0, length);
        String text = new String(encoded, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            requireUtf8(encoded, what);
        }
        return text;
    }

    /** A value of metadata: Long, Double, Boolean, String, or a List of one of these. */
    Object value(String key) {
        return value(int32("the type of " + key), key, 0);
    }

    private Object value(int type, String key, int depth) {
        return switch (type) {
            case 0 -> (long) Byte.toUnsignedInt(int8(key));
            case 1 -> (long) int8(key);
            case 2 -> (long) Short.toUnsignedInt(int16(key));
            case 3 -> (long) int16(key);
            case 4 -> Integer.toUnsignedLong(int32(key));
            case 5 -> (long) int32(key);
            case 6 -> (double) float32(key);
            case 7 -> bool(key);
            case 8 -> text(key);
            case 9 -> list(key, depth);
            case 10 -> unsigned(key);
            case 11 -> int64(key);
            case 12 -> float64(key);
            default -> throw corrupt("metadata " + key + " has the unknown type " + type);
        };
    }

    private long unsigned(String key) {
        long value = int64(key);
        if (value < 0) {
            throw corrupt("metadata " + key + " is " + Long.toUnsignedString(value) + ", beyond what is sensible");
        }
        return value;
    }

    private List<Object> list(String key, int depth) {
        if (depth == MAX_NESTING) {
            throw corrupt("metadata " + key + " nests arrays deeper than " + MAX_NESTING);
        }
        int type = int32("the element type of " + key);
        int count = count(minimumBytes(type), "the length of " + key);
        List<Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(type, key, depth + 1));
        }
        return Collections.unmodifiableList(values);
    }

    private static long minimumBytes(int type) {
        return switch (type) {
            case 2, 3 -> Short.BYTES;
            case 4, 5, 6 -> Integer.BYTES;
            case 8, 10, 11, 12 -> Long.BYTES;
            case 9 -> Integer.BYTES + Long.BYTES;
            default -> 1;
        };
    }

    private void requireUtf8(byte[] encoded, String what) {
        try {
            var unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(encoded));
        } catch (CharacterCodingException e) {
            throw corrupt(what + " is not UTF-8");
        }
    }

    private long advance(long count, String what) {
        long start = position;
        if (count > bytes.byteSize() - start) {
            throw corrupt("the file ends after " + bytes.byteSize() + " bytes, within " + what);
        }
        position = start + count;
        return start;
    }
}
