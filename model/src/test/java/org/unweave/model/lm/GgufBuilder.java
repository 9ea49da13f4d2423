package org.unweave.model.lm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a GGUF file, right or, where a test asks for it, wrong. */
final class GgufBuilder {
    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
    private final List<Tensor> tensors = new ArrayList<>();
    private int metadataCount;

    private static final class Tensor {
        private final String name;
        private final int type;
        private final long[] shape;
        private final byte[] data;

        Tensor(String name, int type, long[] shape, byte[] data) {
            this.name = name;
            this.type = type;
            this.shape = shape;
            this.data = data;
        }
    }

    /** One entry, its value already encoded. */
    GgufBuilder raw(String key, int type, byte[] value) {
        write(metadata, text(key), int32(type), value);
        metadataCount++;
        return this;
    }

    GgufBuilder put(String key, String value) {
        return raw(key, 8, text(value));
    }

    GgufBuilder put(String key, int value) {
        return raw(key, 4, int32(value));
    }

    GgufBuilder put(String key, float value) {
        return raw(key, 6, int32(Float.floatToIntBits(value)));
    }

    GgufBuilder put(String key, boolean value) {
        return raw(key, 7, new byte[] {(byte) (value ? 1 : 0)});
    }

    GgufBuilder putTexts(String key, List<String> values) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        write(array, int32(8), int64(values.size()));
        values.forEach(value -> write(array, text(value)));
        return raw(key, 9, array.toByteArray());
    }

    GgufBuilder putIntegers(String key, List<Integer> values) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        write(array, int32(5), int64(values.size()));
        values.forEach(value -> write(array, int32(value)));
        return raw(key, 9, array.toByteArray());
    }

    /** A tensor of any type number; the shape has the innermost dimension first. */
    GgufBuilder tensor(String name, int type, byte[] data, long... shape) {
        tensors.add(new Tensor(name, type, shape, data));
        return this;
    }

    /** A float32 matrix, or a vector where there is one row. */
    GgufBuilder tensor(String name, int rows, int columns, float... values) {
        ByteBuffer data = little(values.length * Float.BYTES);
        for (float value : values) {
            data.putFloat(value);
        }
        long[] shape = rows == 1 ? new long[] {columns} : new long[] {columns, rows};
        return tensor(name, 0, data.array(), shape);
    }

    byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        write(file, "GGUF".getBytes(StandardCharsets.US_ASCII), int32(3));
        write(file, int64(tensors.size()), int64(metadataCount), metadata.toByteArray());
        long offset = 0;
        for (Tensor tensor : tensors) {
            write(file, text(tensor.name), int32(tensor.shape.length));
            for (long size : tensor.shape) {
                write(file, int64(size));
            }
            write(file, int32(tensor.type), int64(offset));
            offset = aligned(offset + tensor.data.length);
        }
        for (Tensor tensor : tensors) {
            write(file, new byte[(int) (aligned(file.size()) - file.size())], tensor.data);
        }
        return file.toByteArray();
    }

    Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] text(String value) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        return little(Long.BYTES + encoded.length)
                .putLong(encoded.length)
                .put(encoded)
                .array();
    }

    static byte[] int32(int value) {
        return little(Integer.BYTES).putInt(value).array();
    }

    static byte[] int64(long value) {
        return little(Long.BYTES).putLong(value).array();
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static void write(ByteArrayOutputStream out, byte[]... parts) {
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
    }
}
