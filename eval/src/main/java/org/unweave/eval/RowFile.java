package org.unweave.eval;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;

/** Rows of floats in a file, little-endian, without a header, mapped into memory. */
final class RowFile {
    private static final ValueLayout.OfFloat STORED =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int DIGEST_BLOCK = 1 << 20;

    private final MemorySegment memory;
    private final int columns;
    private final int rows;

    private RowFile(MemorySegment memory, int columns, int rows) {
        this.memory = memory;
        this.columns = columns;
        this.rows = rows;
    }

    /** Maps a file of exactly so many rows whose checksum is as given; otherwise says what is wrong with it. */
    static RowFile map(Path file, int rows, int columns, String sha256, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long wanted = (long) rows * columns * Float.BYTES;
            if (channel.size() != wanted) {
                throw new IOException(file + " has " + channel.size() + " bytes, not " + wanted);
            }
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, wanted, arena);
            String found = digest(memory);
            if (!found.equals(sha256)) {
                throw new IOException(file + " has the sha256 " + found + ", not " + sha256);
            }
            return new RowFile(memory, columns, rows);
        }
    }

    private static String digest(MemorySegment memory) {
        MessageDigest digest = Sha256.digest();
        for (long from = 0; from < memory.byteSize(); from += DIGEST_BLOCK) {
            digest.update(memory.asSlice(from, Math.min(DIGEST_BLOCK, memory.byteSize() - from))
                    .asByteBuffer());
        }
        return Sha256.hex(digest);
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    float get(int row, int column) {
        return memory.getAtIndex(STORED, (long) row * columns + column);
    }

    void copyRow(int row, float[] out) {
        MemorySegment.copy(memory, STORED, (long) row * columns * Float.BYTES, out, 0, columns);
    }

    /** Fills {@code out} with the rows from {@code from} on. */
    void copyTo(int from, Mat out) {
        long start = (long) from * columns * Float.BYTES;
        MemorySegment.copy(memory, STORED, start, out.memory(), Mat.FLOAT, 0, (long) out.rows() * columns);
    }

    /** Appends rows; {@link #finish} gives the checksum, without which nothing is usable. */
    static final class Writer implements AutoCloseable {
        private final FileOutputStream file;
        private final OutputStream out;
        private final MessageDigest digest = Sha256.digest();
        private final ByteBuffer buffer;
        private int rows;

        Writer(Path path, int columns) throws IOException {
            this.file = new FileOutputStream(path.toFile());
            this.out = new BufferedOutputStream(file, DIGEST_BLOCK);
            this.buffer = ByteBuffer.allocate(columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }

        void append(float... row) throws IOException {
            buffer.clear();
            buffer.asFloatBuffer().put(row);
            digest.update(buffer.array());
            out.write(buffer.array());
            rows++;
        }

        int rows() {
            return rows;
        }

        String finish() throws IOException {
            out.flush();
            file.getFD().sync();
            return Sha256.hex(digest);
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
