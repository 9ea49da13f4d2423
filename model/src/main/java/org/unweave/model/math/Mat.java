package org.unweave.model.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A float32 matrix: row-major, dense, off the heap, from the start of a cache line on, in the memory of an ND4J array
 * where those are in the machine's own memory. A vector is a matrix of one row.
 *
 * <p>Not safe for concurrent writes to the same elements. The memory goes when {@link #close} is called, or when the
 * matrix is no longer reachable; {@link #memory} must not be kept beyond that.
 */
public final class Mat implements AutoCloseable {
    /** Elements are floats in the machine's byte order. */
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final @Nullable INDArray room;
    private final FloatPointer pointer;
    private final MemorySegment memory;
    private final int rows;
    private final int cols;
    private final boolean owner;

    private Mat(
            @Nullable INDArray room, FloatPointer pointer, MemorySegment memory, int rows, int cols, boolean owner) {
        this.room = room;
        this.pointer = pointer;
        this.memory = memory;
        this.rows = rows;
        this.cols = cols;
        this.owner = owner;
    }

    /** A matrix of zeros. */
    public static Mat zeros(int rows, int cols) {
        return zeros(rows, cols, !Cuda.isBackend());
    }

    /** @param inNd4j whether an ND4J array is to have the memory */
    static Mat zeros(int rows, int cols, boolean inNd4j) {
        if (rows < 1 || cols < 1) {
            throw new IllegalArgumentException("a matrix of " + rows + " x " + cols + " has no element");
        }
        long size = (long) rows * cols;
        long padded = size + Simd.LINE / Float.BYTES - 1;
        INDArray room = inNd4j ? Nd4j.create(DataType.FLOAT, padded) : null;
        FloatPointer pointer = room == null
                ? new FloatPointer(padded)
                : new FloatPointer(room.data().pointer());
        pointer.position((-pointer.address() & (Simd.LINE - 1)) / Float.BYTES);
        Object owner = room == null ? pointer : room;
        // The collector may take a matrix while a loop still runs over its memory. So the memory's arena holds the
        // array or the pointer, and lives as long as the memory is in use.
        MemorySegment memory = MemorySegment.ofAddress(pointer.address() + pointer.position() * Float.BYTES)
                .reinterpret(size * Float.BYTES, Arena.ofAuto(), unused -> Reference.reachabilityFence(owner));
        if (room == null) {
            memory.fill((byte) 0);
        }
        return new Mat(room, pointer, memory, rows, cols, true);
    }

    /** A copy of the values, row by row. */
    public static Mat of(int rows, int cols, float... values) {
        if (values.length != (long) rows * cols) {
            throw new IllegalArgumentException(values.length + " values do not fill " + rows + " x " + cols);
        }
        Mat mat = zeros(rows, cols);
        mat.set(values);
        return mat;
    }

    /** A matrix of one row. */
    public static Mat row(float... values) {
        return of(1, values.length, values);
    }

    public int rows() {
        return rows;
    }

    public int cols() {
        return cols;
    }

    /** Number of elements. */
    public long size() {
        return (long) rows * cols;
    }

    /** The elements' own memory, row-major, without padding. */
    public MemorySegment memory() {
        return memory;
    }

    public float get(int row, int col) {
        return memory.getAtIndex(FLOAT, index(row, col));
    }

    public void set(int row, int col, float value) {
        memory.setAtIndex(FLOAT, index(row, col), value);
    }

    /** Overwrites all elements, row by row. */
    public void set(float[] values) {
        if (values.length != size()) {
            throw new IllegalArgumentException(values.length + " values do not fill " + this);
        }
        MemorySegment.copy(values, 0, memory, FLOAT, 0, values.length);
    }

    /** Overwrites one row. */
    public void setRow(int row, float[] values) {
        if (values.length != cols) {
            throw new IllegalArgumentException(values.length + " values do not fill a row of " + this);
        }
        MemorySegment.copy(values, 0, memory, FLOAT, index(row, 0) * Float.BYTES, cols);
    }

    /** A copy of one row. */
    public float[] copyRow(int row) {
        float[] values = new float[cols];
        MemorySegment.copy(memory, FLOAT, index(row, 0) * Float.BYTES, values, 0, cols);
        return values;
    }

    /** A copy of all elements, row by row. */
    public float[] toArray() {
        return memory.toArray(FLOAT);
    }

    /** Overwrites all elements with those of a matrix of the same shape. */
    public void copyFrom(Mat source) {
        requireShape(source.rows, source.cols);
        MemorySegment.copy(source.memory, 0, memory, 0, memory.byteSize());
    }

    public void fill(float value) {
        if (value == 0) {
            memory.fill((byte) 0);
            return;
        }
        for (long i = 0; i < size(); i++) {
            memory.setAtIndex(FLOAT, i, value);
        }
    }

    /** The rows {@code from} to {@code to}, exclusive, sharing this matrix's memory, valid while this one is. */
    public Mat rowsView(int from, int to) {
        if (from < 0 || to > rows || from >= to) {
            throw new IndexOutOfBoundsException("rows " + from + " to " + to + " of " + this);
        }
        long offset = (long) from * cols;
        return new Mat(
                room,
                new FloatPointer(pointer).position(pointer.position() + offset),
                memory.asSlice(offset * Float.BYTES, (long) (to - from) * cols * Float.BYTES),
                to - from,
                cols,
                false);
    }

    /** A matrix of the same shape and elements with memory of its own. */
    public Mat copy() {
        Mat copy = zeros(rows, cols);
        copy.copyFrom(this);
        return copy;
    }

    void requireShape(int wantedRows, int wantedCols) {
        if (rows != wantedRows || cols != wantedCols) {
            throw new IllegalArgumentException("wanted " + wantedRows + " x " + wantedCols + ", got " + this);
        }
    }

    /** For BLAS: the first element of this matrix. */
    FloatPointer pointer() {
        return pointer;
    }

    /** For ND4J: an array over this matrix's own elements, which must be in the memory of one. */
    INDArray array() {
        if (room == null) {
            throw new IllegalStateException(this + " is not in the memory of ND4J's backend");
        }
        long start = (memory.address() - room.data().pointer().address()) / Float.BYTES;
        return Nd4j.create(room.data(), new long[] {rows, cols}, new long[] {cols, 1}, start, 'c', DataType.FLOAT);
    }

    private long index(int row, int col) {
        if (row < 0 || row >= rows || col < 0 || col >= cols) {
            throw new IndexOutOfBoundsException("element (" + row + ", " + col + ") of " + this);
        }
        return (long) row * cols + col;
    }

    /** Frees the memory at once; a view frees nothing. */
    @Override
    public void close() {
        if (!owner) {
            return;
        }
        if (room == null) {
            pointer.close();
        } else if (room.closeable()) {
            room.close();
        }
    }

    @Override
    public String toString() {
        return "Mat[" + rows + " x " + cols + "]";
    }
}
