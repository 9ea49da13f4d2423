package org.unweave.eval.report;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * A flat table as a Parquet file: columns in which no value is missing, plainly encoded, compressed by Zstandard, one page
 * a column and row group. The numbers in it are those of the format's definition, parquet.thrift.
 *
 * <p>Call order: the columns, in their order, then {@link #write}.
 */
final class ParquetTable<R> {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int ROWS_OF_GROUP = 100_000;
    private static final int FORMAT_VERSION = 1;
    private static final int REQUIRED = 0;
    private static final int PLAIN = 0;
    private static final int LEVELS_RLE = 3;
    private static final int DATA_PAGE = 0;
    private static final int ZSTD = 6;

    private enum Type {
        INT64(2),
        DOUBLE(5),
        BYTE_ARRAY(6);

        private final int number;

        Type(int number) {
            this.number = number;
        }
    }

    private interface Encoder<R> {
        void encode(List<R> rows, ByteArrayOutputStream out);
    }

    private record Column<R>(String name, Type type, Encoder<R> encoder) {}

    /** Where a column's page of one row group lies; sizes with the page's header. */
    private record Chunk(long offset, int plainBytes, int bytes) {}

    private record Group(int rows, List<Chunk> chunks) {}

    private final List<Column<R>> columns = new ArrayList<>();

    ParquetTable<R> texts(String name, Function<R, String> value) {
        return add(name, Type.BYTE_ARRAY, (rows, out) -> {
            for (R row : rows) {
                byte[] bytes = value.apply(row).getBytes(StandardCharsets.UTF_8);
                out.writeBytes(littleEndian(Integer.BYTES).putInt(bytes.length).array());
                out.writeBytes(bytes);
            }
        });
    }

    ParquetTable<R> integers(String name, ToLongFunction<R> value) {
        return add(name, Type.INT64, (rows, out) -> {
            for (R row : rows) {
                out.writeBytes(
                        littleEndian(Long.BYTES).putLong(value.applyAsLong(row)).array());
            }
        });
    }

    ParquetTable<R> numbers(String name, ToDoubleFunction<R> value) {
        return add(name, Type.DOUBLE, (rows, out) -> {
            for (R row : rows) {
                out.writeBytes(littleEndian(Double.BYTES)
                        .putDouble(value.applyAsDouble(row))
                        .array());
            }
        });
    }

    private ParquetTable<R> add(String name, Type type, Encoder<R> encoder) {
        columns.add(new Column<>(name, type, encoder));
        return this;
    }

    /** Writes the whole file; the stream stays open. */
    void write(List<R> rows, OutputStream out) throws IOException {
        out.write(MAGIC);
        long offset = MAGIC.length;
        List<Group> groups = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += ROWS_OF_GROUP) {
            List<R> some = rows.subList(from, Math.min(rows.size(), from + ROWS_OF_GROUP));
            List<Chunk> chunks = new ArrayList<>();
            for (Column<R> column : columns) {
                Chunk chunk = writePage(column, some, offset, out);
                chunks.add(chunk);
                offset += chunk.bytes();
            }
            groups.add(new Group(some.size(), chunks));
        }
        byte[] footer = footer(rows.size(), groups);
        out.write(footer);
        out.write(littleEndian(Integer.BYTES).putInt(footer.length).array());
        out.write(MAGIC);
    }

    private Chunk writePage(Column<R> column, List<R> rows, long offset, OutputStream out) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        column.encoder().encode(rows, plain);
        byte[] compressed = Zstd.compress(plain.toByteArray());
        ThriftStruct header = new ThriftStruct()
                .int32(1, DATA_PAGE)
                .int32(2, plain.size())
                .int32(3, compressed.length)
                .struct(
                        5,
                        new ThriftStruct()
                                .int32(1, rows.size())
                                .int32(2, PLAIN)
                                .int32(3, LEVELS_RLE)
                                .int32(4, LEVELS_RLE));
        byte[] bytes = header.bytes();
        out.write(bytes);
        out.write(compressed);
        return new Chunk(offset, bytes.length + plain.size(), bytes.length + compressed.length);
    }

    private byte[] footer(long rows, List<Group> groups) {
        List<ThriftStruct> schema = new ArrayList<>();
        schema.add(new ThriftStruct().text(4, "schema").int32(5, columns.size()));
        columns.forEach(column -> schema.add(schemaElement(column)));
        return new ThriftStruct()
                .int32(1, FORMAT_VERSION)
                .structs(2, schema)
                .int64(3, rows)
                .structs(4, groups.stream().map(this::rowGroup).toList())
                .text(6, "unweave")
                .bytes();
    }

    private ThriftStruct schemaElement(Column<R> column) {
        ThriftStruct element = new ThriftStruct()
                .int32(1, column.type().number)
                .int32(3, REQUIRED)
                .text(4, column.name());
        if (column.type() == Type.BYTE_ARRAY) {
            // UTF8 for old readers, the logical type STRING for new ones.
            element.int32(6, 0).struct(10, new ThriftStruct().struct(1, new ThriftStruct()));
        }
        return element;
    }

    private ThriftStruct rowGroup(Group group) {
        List<ThriftStruct> chunks = new ArrayList<>();
        long plainBytes = 0;
        for (int i = 0; i < columns.size(); i++) {
            Chunk chunk = group.chunks().get(i);
            plainBytes += chunk.plainBytes();
            ThriftStruct metadata = new ThriftStruct()
                    .int32(1, columns.get(i).type().number)
                    .int32s(2, List.of(PLAIN))
                    .texts(3, List.of(columns.get(i).name()))
                    .int32(4, ZSTD)
                    .int64(5, group.rows())
                    .int64(6, chunk.plainBytes())
                    .int64(7, chunk.bytes())
                    .int64(9, chunk.offset());
            chunks.add(new ThriftStruct().int64(2, chunk.offset()).struct(3, metadata));
        }
        return new ThriftStruct().structs(1, chunks).int64(2, plainBytes).int64(3, group.rows());
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
