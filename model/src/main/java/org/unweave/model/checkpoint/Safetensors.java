package org.unweave.model.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.unweave.model.checkpoint.TensorFile.Content;
import org.unweave.model.checkpoint.TensorFile.Tensor;
import org.unweave.model.checkpoint.TensorFile.Type;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;

/** A state as a safetensors file: matrices as F32 of two dimensions, counters as I64, statistics as F64 and records as U8 of one. */
final class Safetensors {
    // So that an array's bytes can be counted by an int.
    private static final long GREATEST_SIZE = Integer.MAX_VALUE / Long.BYTES;

    private Safetensors() {}

    /** Writes a new file and returns when it is on the disk. */
    static TensorFile.Written write(Path file, State state) throws IOException {
        List<Content> contents = state.arrays().entrySet().stream()
                .map(entry -> content(entry.getKey(), entry.getValue()))
                .toList();
        return TensorFile.write(file, contents);
    }

    private static Content content(String name, Object array) {
        return switch (array) {
            case Mat mat -> Content.matrix(name, mat);
            case long[] longs ->
                new Content(
                        name,
                        Type.I64,
                        List.of((long) longs.length),
                        bytes(longs.length, MemorySegment.ofArray(longs)));
            case double[] doubles ->
                new Content(
                        name,
                        Type.F64,
                        List.of((long) doubles.length),
                        bytes(doubles.length, MemorySegment.ofArray(doubles)));
            case byte[] some -> new Content(name, Type.U8, List.of((long) some.length), MemorySegment.ofArray(some));
            default -> throw new IllegalArgumentException("an array of type " + array.getClass());
        };
    }

    // A heap array other than bytes has no view as a byte buffer, so it is copied.
    private static MemorySegment bytes(int elements, MemorySegment source) {
        MemorySegment copy = MemorySegment.ofArray(new byte[elements * Long.BYTES]);
        MemorySegment.copy(source, 0, copy, 0, copy.byteSize());
        return copy;
    }

    /** Reads a whole file whose checksum was compared before. */
    static State read(Path file) throws IOException {
        try (TensorFile tensors = TensorFile.open(file)) {
            tensors.tensors().values().forEach(tensor -> requireOfState(file, tensor));
            State state = new State();
            for (Map.Entry<String, Tensor> entry : tensors.tensors().entrySet()) {
                readTensor(tensors, entry.getValue(), state);
            }
            return state;
        }
    }

    private static void requireOfState(Path file, Tensor tensor) {
        int dimensions = switch (tensor.type()) {
            case F32 -> 2;
            case I64, F64, U8 -> 1;
            case F16, BF16 -> -1;
        };
        boolean fits = tensor.shape().stream().allMatch(size -> size <= GREATEST_SIZE);
        if (tensor.shape().size() != dimensions || !fits) {
            throw new CheckpointException(file + " holds " + tensor.name() + " as " + tensor.type() + " of shape "
                    + tensor.shape() + ", which no state does; it is damaged, use another checkpoint");
        }
    }

    private static void readTensor(TensorFile file, Tensor tensor, State state) throws IOException {
        if (tensor.type() == Type.F32) {
            Mat mat = Mat.zeros(
                    Math.toIntExact(tensor.shape().get(0)),
                    Math.toIntExact(tensor.shape().get(1)));
            file.read(tensor, mat.memory());
            state.put(tensor.name(), mat);
            return;
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.to() - tensor.from())]);
        file.read(tensor, bytes);
        if (tensor.type() == Type.U8) {
            state.put(tensor.name(), bytes.toArray(ValueLayout.JAVA_BYTE));
        } else if (tensor.type() == Type.I64) {
            state.put(tensor.name(), bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED));
        } else {
            state.put(tensor.name(), bytes.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
        }
    }
}
