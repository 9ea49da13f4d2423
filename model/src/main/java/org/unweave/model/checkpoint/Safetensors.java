package org.unweave.model.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;

/**
 * A state as a safetensors file: matrices as F32 of two dimensions, counters as I64 and statistics as F64 of one.
 *
 * <p>The reader takes nothing on trust: the header's length, every name, type, shape and offset is checked against the
 * file before memory is set aside. Format: the safetensors documentation (u64 little-endian header length, JSON header,
 * data without gaps).
 */
final class Safetensors {
    private static final long GREATEST_HEADER = 100L << 20;
    private static final int CHUNK = 1 << 20;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Safetensors() {}

    /** What was written. */
    record Written(String sha256, long bytes) {}

    /** Writes a new file and returns when it is on the disk. */
    static Written write(Path file, State state) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            byte[] header = header(state);
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, header.length);
            put(channel, digest, length);
            put(channel, digest, ByteBuffer.wrap(header));
            for (Object array : state.arrays().values()) {
                MemorySegment bytes = bytes(array);
                for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
                    put(
                            channel,
                            digest,
                            bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at))
                                    .asByteBuffer());
                }
            }
            channel.force(true);
            return new Written(Sha256.hex(digest), channel.size());
        }
    }

    private static void put(FileChannel channel, MessageDigest digest, ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        Durable.writeFully(channel, bytes);
    }

    private static byte[] header(State state) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long at = 0;
        for (Map.Entry<String, Object> entry : state.arrays().entrySet()) {
            ObjectNode tensor = header.putObject(entry.getKey());
            Object array = entry.getValue();
            tensor.put("dtype", type(array));
            long size = bytes(array).byteSize();
            var shape = tensor.putArray("shape");
            if (array instanceof Mat mat) {
                shape.add(mat.rows()).add(mat.cols());
            } else {
                shape.add(size / Long.BYTES);
            }
            tensor.putArray("data_offsets").add(at).add(at + size);
            at += size;
        }
        StringBuilder text = new StringBuilder(JSON.writeValueAsString(header));
        while (text.toString().getBytes(StandardCharsets.UTF_8).length % Long.BYTES != 0) {
            text.append(' ');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String type(Object array) {
        return array instanceof Mat ? "F32" : array instanceof long[] ? "I64" : "F64";
    }

    private static MemorySegment bytes(Object array) {
        return switch (array) {
            case Mat mat -> mat.memory();
            case long[] longs -> direct(longs.length, MemorySegment.ofArray(longs));
            case double[] doubles -> direct(doubles.length, MemorySegment.ofArray(doubles));
            default -> throw new IllegalArgumentException("an array of type " + array.getClass());
        };
    }

    // A heap array other than bytes has no view as a byte buffer, so it is copied.
    private static MemorySegment direct(int elements, MemorySegment source) {
        MemorySegment copy = MemorySegment.ofArray(new byte[elements * Long.BYTES]);
        MemorySegment.copy(source, 0, copy, 0, copy.byteSize());
        return copy;
    }

    private record Tensor(String name, String type, int rows, int cols, long from, long to) {}

    /** Reads a whole file whose checksum was compared before. */
    static State read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            check(size >= Long.BYTES, file, "has only " + size + " bytes");
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            fill(channel, length, 0, file);
            long headerBytes = length.getLong(0);
            check(
                    headerBytes > 1 && headerBytes <= GREATEST_HEADER && headerBytes <= size - Long.BYTES,
                    file,
                    "says that its header has " + headerBytes + " bytes");
            ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
            fill(channel, header, Long.BYTES, file);
            long data = Long.BYTES + headerBytes;
            List<Tensor> tensors = tensors(file, header.array(), size - data);
            State state = new State();
            for (Tensor tensor : tensors) {
                readTensor(channel, file, data, tensor, state);
            }
            return state;
        }
    }

    private static List<Tensor> tensors(Path file, byte[] header, long dataBytes) throws IOException {
        check(header[0] == '{', file, "has a header that is not a JSON object");
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (IOException e) {
            throw new CheckpointException(file + " has a header that is not valid JSON: " + e.getMessage(), e);
        }
        List<Tensor> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.add(tensor(file, entry.getKey(), entry.getValue()));
            }
        }
        tensors.sort(Comparator.comparingLong(Tensor::from));
        long at = 0;
        for (Tensor tensor : tensors) {
            check(tensor.from() == at, file, "has a gap or an overlap before " + tensor.name());
            at = tensor.to();
        }
        check(at == dataBytes, file, "holds " + dataBytes + " bytes of data, but its header names " + at);
        return tensors;
    }

    private static Tensor tensor(Path file, String name, JsonNode node) {
        String type = node.path("dtype").asText();
        int elementBytes = switch (type) {
            case "F32" -> Float.BYTES;
            case "I64", "F64" -> Long.BYTES;
            default -> throw new CheckpointException(file + ": " + name + " is of the unknown type " + type);
        };
        JsonNode shape = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        boolean matrix = type.equals("F32");
        check(
                shape.isArray() && shape.size() == (matrix ? 2 : 1) && offsets.isArray() && offsets.size() == 2,
                file,
                "describes " + name + " wrongly");
        long rows = matrix ? shape.get(0).asLong(-1) : 1;
        long cols = shape.get(matrix ? 1 : 0).asLong(-1);
        long from = offsets.get(0).asLong(-1);
        long to = offsets.get(1).asLong(-1);
        boolean fits = rows > 0
                && cols > 0
                && rows <= Integer.MAX_VALUE
                && cols <= Integer.MAX_VALUE / elementBytes
                && rows <= Long.MAX_VALUE / cols / elementBytes
                && from >= 0
                && to >= from
                && to - from == rows * cols * elementBytes;
        check(fits, file, "describes " + name + " with a shape that does not fit its bytes");
        return new Tensor(name, type, (int) rows, (int) cols, from, to);
    }

    private static void readTensor(FileChannel channel, Path file, long data, Tensor tensor, State state)
            throws IOException {
        if (tensor.type().equals("F32")) {
            Mat mat = Mat.zeros(tensor.rows(), tensor.cols());
            MemorySegment memory = mat.memory();
            for (long at = 0; at < memory.byteSize(); at += CHUNK) {
                ByteBuffer chunk = memory.asSlice(at, Math.min(CHUNK, memory.byteSize() - at))
                        .asByteBuffer();
                fill(channel, chunk, data + tensor.from() + at, file);
            }
            state.put(tensor.name(), mat);
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(tensor.cols() * Long.BYTES);
        fill(channel, bytes, data + tensor.from(), file);
        MemorySegment segment = MemorySegment.ofArray(bytes.array());
        if (tensor.type().equals("I64")) {
            state.put(tensor.name(), segment.toArray(ValueLayout.JAVA_LONG_UNALIGNED));
        } else {
            state.put(tensor.name(), segment.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
        }
    }

    private static void fill(FileChannel channel, ByteBuffer into, long position, Path file) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int read = channel.read(into, at);
            check(read > 0, file, "ends before its data do");
            at += read;
        }
    }

    private static void check(boolean holds, Path file, String problem) {
        if (!holds) {
            throw new CheckpointException(file + " " + problem + "; it is damaged, use another checkpoint");
        }
    }
}
