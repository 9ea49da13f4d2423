package org.unweave.eval.report;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** A struct in Thrift's compact protocol. Fields are added by their numbers, rising. */
final class ThriftStruct {
    private static final int INT32 = 5;
    private static final int INT64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;
    private static final int LONGEST_SHORT_LIST = 14;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int lastField;

    ThriftStruct int32(int field, int value) {
        header(field, INT32);
        zigzag(value);
        return this;
    }

    ThriftStruct int64(int field, long value) {
        header(field, INT64);
        zigzag(value);
        return this;
    }

    ThriftStruct text(int field, String value) {
        header(field, BINARY);
        binary(value);
        return this;
    }

    ThriftStruct struct(int field, ThriftStruct value) {
        header(field, STRUCT);
        out.writeBytes(value.bytes());
        return this;
    }

    ThriftStruct structs(int field, List<ThriftStruct> values) {
        return list(field, STRUCT, values, value -> out.writeBytes(value.bytes()));
    }

    ThriftStruct int32s(int field, List<Integer> values) {
        return list(field, INT32, values, value -> zigzag(value));
    }

    ThriftStruct texts(int field, List<String> values) {
        return list(field, BINARY, values, this::binary);
    }

    /** The struct with its end. */
    byte[] bytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(out.toByteArray());
        whole.write(0);
        return whole.toByteArray();
    }

    private <V> ThriftStruct list(int field, int type, List<V> values, Consumer<V> write) {
        header(field, LIST);
        if (values.size() <= LONGEST_SHORT_LIST) {
            out.write(values.size() << 4 | type);
        } else {
            out.write(0xF0 | type);
            varint(values.size());
        }
        values.forEach(write);
        return this;
    }

    private void header(int field, int type) {
        int step = field - lastField;
        if (step < 1 || step > 15) {
            throw new IllegalArgumentException("field " + field + " after field " + lastField);
        }
        out.write(step << 4 | type);
        lastField = field;
    }

    private void binary(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        varint(bytes.length);
        out.writeBytes(bytes);
    }

    private void zigzag(long value) {
        varint(value << 1 ^ value >> 63);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
