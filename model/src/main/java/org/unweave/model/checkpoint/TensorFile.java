package org.unweave.model.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;

/**
 * A safetensors file: named arrays of one type and any shape.
 *
 * <p>The reader takes nothing on trust: the header's length, every name, type, shape and offset is checked against the
 * file before memory is set aside. Format: the safetensors documentation (u64 little-endian header length, JSON header,
 * data without gaps).
 */
public final class TensorFile implements AutoCloseable {
    private static final long GREATEST_HEADER = 100L << 20;
    private static final int CHUNK = 1 << 20;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** The type of an element, by the format's names of those that are read and written. */
    public enum Type {
        F16(2),
        BF16(2),
        F32(4),
        F64(8),
        I64(8),
        U8(1);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        public int bytes() {
            return bytes;
        }
    }

    /**
     * An array of a file.
     *
     * @param shape none for a single number
     * @param from its first byte, counted from the header's end
     * @param to the byte after its last
     */
    public record Tensor(String name, Type type, List<Long> shape, long from, long to) {
        public Tensor {
            shape = List.copyOf(shape);
        }

        /** Number of elements. */
        public long size() {
            return (to - from) / type.bytes();
        }
    }

    /** An array to be written, its elements row by row in the machine's byte order. */
    public record Content(String name, Type type, List<Long> shape, MemorySegment bytes) {
        public Content {
            shape = List.copyOf(shape);
        }

        /** A matrix as an array of two dimensions. */
        public static Content matrix(String name, Mat mat) {
            return new Content(name, Type.F32, List.of((long) mat.rows(), (long) mat.cols()), mat.memory());
        }

        /** A matrix of one row as an array of one dimension. */
        public static Content vector(String name, Mat row) {
            if (row.rows() != 1) {
                throw new IllegalArgumentException(name + " is no vector but " + row);
            }
            return new Content(name, Type.F32, List.of((long) row.cols()), row.memory());
        }
    }

    /** What was written. */
    public record Written(String sha256, long bytes) {}

    private final Path file;
    private final FileChannel channel;
    private final long data;
    private final Map<String, Tensor> tensors;

    private TensorFile(Path file, FileChannel channel, long data, Map<String, Tensor> tensors) {
        this.file = file;
        this.channel = channel;
        this.data = data;
        this.tensors = tensors;
    }

    /** Writes a new file and returns when it is on the disk. */
    public static Written write(Path file, List<Content> contents) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            byte[] header = header(contents);
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, header.length);
            put(channel, digest, length);
            put(channel, digest, ByteBuffer.wrap(header));
            for (Content content : contents) {
                MemorySegment bytes = content.bytes();
                for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
                    long size = Math.min(CHUNK, bytes.byteSize() - at);
                    put(channel, digest, bytes.asSlice(at, size).asByteBuffer());
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

    private static byte[] header(List<Content> contents) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long at = 0;
        for (Content content : contents) {
            long size = content.bytes().byteSize();
            ObjectNode tensor = header.putObject(content.name());
            tensor.put("dtype", content.type().name());
            ArrayNode shape = tensor.putArray("shape");
            content.shape().forEach(shape::add);
            tensor.putArray("data_offsets").add(at).add(at + size);
            at += size;
        }
        StringBuilder text = new StringBuilder(JSON.writeValueAsString(header));
        while (text.toString().getBytes(StandardCharsets.UTF_8).length % Long.BYTES != 0) {
            text.append(' ');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Opens a file whose header is right. */
    public static TensorFile open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
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
            return new TensorFile(file, channel, data, tensors(file, header.array(), size - data));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Map<String, Tensor> tensors(Path file, byte[] header, long dataBytes) {
        check(header[0] == '{', file, "has a header that is not a JSON object");
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (IOException e) {
            throw new CheckpointException(file + " has a header that is not valid JSON: " + e.getMessage(), e);
        }
        List<Tensor> found = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                found.add(tensor(file, entry.getKey(), entry.getValue()));
            }
        }
        found.sort(Comparator.comparingLong(Tensor::from));
        long at = 0;
        Map<String, Tensor> byName = new LinkedHashMap<>();
        for (Tensor tensor : found) {
            check(tensor.from() == at, file, "has a gap or an overlap before " + tensor.name());
            at = tensor.to();
            byName.put(tensor.name(), tensor);
        }
        check(at == dataBytes, file, "holds " + dataBytes + " bytes of data, but its header names " + at);
        return byName;
    }

    private static Tensor tensor(Path file, String name, JsonNode node) {
        Type type = type(file, name, node.path("dtype").asText());
        JsonNode shape = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        check(shape.isArray() && offsets.isArray() && offsets.size() == 2, file, "describes " + name + " wrongly");
        long from = offsets.get(0).asLong(-1);
        long to = offsets.get(1).asLong(-1);
        boolean fits = from >= 0 && to >= from;
        long bytes = type.bytes();
        List<Long> sizes = new ArrayList<>();
        for (JsonNode dimension : shape) {
            long size = dimension.asLong(-1);
            fits = fits && size > 0 && bytes <= Long.MAX_VALUE / size;
            bytes = fits ? bytes * size : bytes;
            sizes.add(size);
        }
        check(fits && to - from == bytes, file, "describes " + name + " with a shape that does not fit its bytes");
        return new Tensor(name, type, sizes, from, to);
    }

    private static Type type(Path file, String name, String text) {
        for (Type type : Type.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw new CheckpointException(file + ": " + name + " is of the unknown type " + text);
    }

    /** The arrays by name, in the order of their bytes. */
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Copies an array's bytes, of which there must be as many as the memory has. */
    public void read(Tensor tensor, MemorySegment into) throws IOException {
        for (long at = 0; at < into.byteSize(); at += CHUNK) {
            ByteBuffer chunk =
                    into.asSlice(at, Math.min(CHUNK, into.byteSize() - at)).asByteBuffer();
            fill(channel, chunk, data + tensor.from() + at, file);
        }
    }

    /** Copies an array of floats of any width, each rounded to float32, into a matrix of as many elements. */
    public void readFloats(Tensor tensor, Mat into) throws IOException {
        if (tensor.size() != into.size()) {
            throw new IllegalArgumentException(tensor + " does not fill " + into);
        }
        if (tensor.type() == Type.F32) {
            read(tensor, into.memory());
            return;
        }
        int width = tensor.type().bytes();
        byte[] bytes = new byte[CHUNK];
        MemorySegment chunk = MemorySegment.ofArray(bytes);
        for (long done = 0; done < tensor.size(); done += CHUNK / width) {
            int count = (int) Math.min(CHUNK / width, tensor.size() - done);
            fill(channel, ByteBuffer.wrap(bytes, 0, count * width), data + tensor.from() + done * width, file);
            for (int i = 0; i < count; i++) {
                into.memory().setAtIndex(Mat.FLOAT, done + i, element(chunk, tensor, i));
            }
        }
    }

    private float element(MemorySegment chunk, Tensor tensor, int i) {
        return switch (tensor.type()) {
            case F16 -> Float.float16ToFloat(chunk.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
            case BF16 -> Float.intBitsToFloat(chunk.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << Short.SIZE);
            case F32 -> chunk.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            case F64 -> (float) chunk.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
            case I64, U8 ->
                throw new CheckpointException(file + ": " + tensor.name() + " holds integers where floats belong");
        };
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

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
