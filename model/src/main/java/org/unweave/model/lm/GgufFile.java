package org.unweave.model.lm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;

/**
 * A model in one memory-mapped GGUF file, version 3: metadata, and tensors that are turned into float32 on demand.
 *
 * <p>Every count, length and offset is checked against the file before it is used; what does not fit is a {@link
 * ModelFileException}. Safe for concurrent reading until it is closed.
 */
public final class GgufFile implements AutoCloseable {
    private static final int MAGIC = 0x46554747; // "GGUF", read as a little-endian number
    private static final int VERSION = 3;
    private static final int MAX_DIMENSIONS = 4;
    private static final long DEFAULT_ALIGNMENT = 32;
    private static final long HASH_PIECE = 64L << 20;
    // Length, one letter, dimensions, one dimension, type, offset.
    private static final long MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;
    // Length, one letter, type, value.
    private static final long MIN_METADATA_BYTES = 8 + 1 + 4 + 1;

    private final Path file;
    private final Arena arena;
    private final MemorySegment bytes;
    private final Map<String, Object> metadata;
    private final Map<String, GgufTensor> tensors;
    private @Nullable String sha256;

    private GgufFile(Path file, Arena arena, MemorySegment bytes) {
        this.file = file;
        this.arena = arena;
        this.bytes = bytes;
        GgufCursor cursor = new GgufCursor(file, bytes);
        requireFormat(cursor);
        int tensorCount = cursor.count(MIN_TENSOR_BYTES, "the number of tensors");
        int metadataCount = cursor.count(MIN_METADATA_BYTES, "the number of metadata entries");
        this.metadata = readMetadata(cursor, metadataCount);
        this.tensors = readTensors(cursor, tensorCount);
    }

    /** Opens a file whose contents are trusted to be what they should be. */
    public static GgufFile open(Path file) {
        return open(file, null);
    }

    /** Opens a file and, given a sha256 in lower-case hexadecimal, refuses any other contents. */
    @SuppressWarnings("MustBeClosedChecker") // the file that is returned closes it
    public static GgufFile open(Path file, @Nullable String expectedSha256) {
        Arena arena = Arena.ofShared();
        try {
            GgufFile opened = new GgufFile(file, arena, map(file, arena));
            if (expectedSha256 != null) {
                opened.requireSha256(expectedSha256);
            }
            return opened;
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new ModelFileException(file, "cannot be read (" + e + ")", "check that the file is there", e);
        }
    }

    private static void requireFormat(GgufCursor cursor) {
        int magic = cursor.int32("the magic number");
        if (magic != MAGIC) {
            throw cursor.corrupt(
                    "not a GGUF file: it begins with " + HexFormat.of().toHexDigits(magic));
        }
        int version = cursor.int32("the version");
        if (version == Integer.reverseBytes(VERSION)) {
            throw cursor.corrupt("a big-endian GGUF file, which cannot be read");
        }
        if (version != VERSION) {
            throw cursor.corrupt("GGUF version " + version + ", where only " + VERSION + " can be read");
        }
    }

    private static Map<String, Object> readMetadata(GgufCursor cursor, int count) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String key = cursor.text("the key of metadata entry " + i);
            if (metadata.put(key, cursor.value(key)) != null) {
                throw cursor.corrupt("metadata " + key + " is there twice");
            }
        }
        return metadata;
    }

    private Map<String, GgufTensor> readTensors(GgufCursor cursor, int count) {
        long alignment = integer("general.alignment", DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > 1 << 20 || Long.bitCount(alignment) != 1) {
            throw cursor.corrupt("an alignment of " + alignment + " bytes, which is no power of two up to 1 MiB");
        }
        List<GgufTensor> relative = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            relative.add(readTensor(cursor, i, alignment));
        }
        long start = (cursor.position() + alignment - 1) & -alignment;
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor tensor : relative) {
            if (start > bytes.byteSize() || tensor.offset() > bytes.byteSize() - start - tensor.sizeBytes()) {
                throw cursor.corrupt("tensor " + tensor.name() + " ends beyond the file's " + bytes.byteSize()
                        + " bytes, so the file is cut short or corrupt");
            }
            GgufTensor absolute = new GgufTensor(
                    tensor.name(),
                    tensor.type(),
                    tensor.rows(),
                    tensor.columns(),
                    start + tensor.offset(),
                    tensor.sizeBytes());
            if (tensors.put(tensor.name(), absolute) != null) {
                throw cursor.corrupt("tensor " + tensor.name() + " is there twice");
            }
        }
        requireApart(cursor, tensors);
        return tensors;
    }

    private GgufTensor readTensor(GgufCursor cursor, int index, long alignment) {
        String name = cursor.text("the name of tensor " + index);
        String what = "tensor " + name;
        int dimensions = cursor.int32("the number of dimensions of " + what);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw cursor.corrupt(what + " has " + dimensions + " dimensions");
        }
        long columns = cursor.int64("the shape of " + what);
        long rows = 1;
        long elements = columns;
        for (int i = 1; i < dimensions; i++) {
            long size = cursor.int64("the shape of " + what);
            rows = checkedProduct(cursor, rows, size, what);
            elements = checkedProduct(cursor, elements, size, what);
        }
        if (columns < 1 || rows < 1) {
            throw cursor.corrupt(what + " has the shape [" + rows + ", " + columns + "]");
        }
        int code = cursor.int32("the type of " + what);
        GgufType type = GgufType.of(code);
        if (type == null) {
            throw new ModelFileException(
                    file,
                    what + " is stored as type " + code + ", which cannot be read",
                    "use a file whose tensors are " + List.of(GgufType.values()));
        }
        if (columns % type.blockElements() != 0) {
            throw cursor.corrupt(what + " has rows of " + columns + " elements, no multiple of " + type + "'s "
                    + type.blockElements());
        }
        long offset = cursor.int64("the offset of " + what);
        if (offset < 0 || offset % alignment != 0) {
            throw cursor.corrupt(
                    what + " begins at " + Long.toUnsignedString(offset) + ", no multiple of " + alignment);
        }
        long sizeBytes = checkedProduct(cursor, elements / type.blockElements(), type.blockBytes(), what);
        if (sizeBytes > bytes.byteSize()) {
            throw cursor.corrupt(what + " of " + sizeBytes + " bytes is larger than the file");
        }
        return new GgufTensor(name, type, rows, columns, offset, sizeBytes);
    }

    private static long checkedProduct(GgufCursor cursor, long a, long b, String what) {
        if (a < 0 || b < 0 || Math.multiplyHigh(a, b) != 0 || a * b < 0) {
            throw cursor.corrupt(what + " has an impossible size");
        }
        return a * b;
    }

    private static void requireApart(GgufCursor cursor, Map<String, GgufTensor> tensors) {
        List<GgufTensor> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingLong(GgufTensor::offset));
        for (int i = 1; i < ordered.size(); i++) {
            GgufTensor before = ordered.get(i - 1);
            if (before.offset() + before.sizeBytes() > ordered.get(i).offset()) {
                throw cursor.corrupt(
                        "tensors " + before.name() + " and " + ordered.get(i).name() + " overlap");
            }
        }
    }

    public Path path() {
        return file;
    }

    /** The file's sha256 in lower-case hexadecimal; reads the whole file the first time. */
    public synchronized String fingerprint() {
        String known = sha256;
        if (known == null) {
            known = hash();
            sha256 = known;
        }
        return known;
    }

    private String hash() {
        MessageDigest digest = Sha256.digest();
        for (long start = 0; start < bytes.byteSize(); start += HASH_PIECE) {
            digest.update(bytes.asSlice(start, Math.min(HASH_PIECE, bytes.byteSize() - start))
                    .asByteBuffer());
        }
        return Sha256.hex(digest);
    }

    private void requireSha256(String expected) {
        if (!fingerprint().equals(expected.toLowerCase(Locale.ROOT))) {
            throw new ModelFileException(
                    file,
                    "its sha256 is " + fingerprint() + ", where " + expected + " is expected",
                    "delete it and fetch it again");
        }
    }

    Set<String> tensorNames() {
        return tensors.keySet();
    }

    @Nullable
    GgufTensor find(String name) {
        return tensors.get(name);
    }

    GgufTensor tensor(String name) {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelFileException(file, "tensor " + name + " is missing", GgufCursor.REMEDY);
        }
        return tensor;
    }

    /** The elements of rows {@code fromRow} to {@code toRow}, exclusive, as floats from {@code outIndex} on. */
    void read(GgufTensor tensor, long fromRow, long toRow, MemorySegment out, long outIndex) {
        if (fromRow < 0 || fromRow > toRow || toRow > tensor.rows()) {
            throw new IndexOutOfBoundsException("rows " + fromRow + " to " + toRow + " of " + tensor);
        }
        MemorySegment source =
                bytes.asSlice(tensor.offset() + fromRow * tensor.rowBytes(), (toRow - fromRow) * tensor.rowBytes());
        if (!Dequantizer.dequantize(tensor.type(), source, out, outIndex)) {
            throw new ModelFileException(
                    file, "tensor " + tensor.name() + " holds a number that is not finite", GgufCursor.REMEDY);
        }
    }

    /** A whole tensor; a vector becomes a matrix of one row. */
    Mat read(String name) {
        GgufTensor tensor = tensor(name);
        Mat mat = Mat.zeros(Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()));
        read(tensor, 0, tensor.rows(), mat.memory(), 0);
        return mat;
    }

    boolean has(String key) {
        return metadata.containsKey(key);
    }

    String text(String key) {
        return required(key, String.class, "a text");
    }

    String text(String key, String fallback) {
        return has(key) ? text(key) : fallback;
    }

    long integer(String key) {
        return required(key, Long.class, "a whole number");
    }

    long integer(String key, long fallback) {
        return has(key) ? integer(key) : fallback;
    }

    double number(String key) {
        return required(key, Double.class, "a number with a fraction");
    }

    boolean flag(String key, boolean fallback) {
        return has(key) ? required(key, Boolean.class, "true or false") : fallback;
    }

    List<String> texts(String key) {
        return list(key, String.class, "texts");
    }

    List<Long> integers(String key) {
        return list(key, Long.class, "whole numbers");
    }

    private <T> List<T> list(String key, Class<T> kind, String kindName) {
        List<?> values = required(key, List.class, "an array of " + kindName);
        List<T> checked = new ArrayList<>(values.size());
        for (Object value : values) {
            if (!kind.isInstance(value)) {
                throw new ModelFileException(
                        file, "metadata " + key + " is no array of " + kindName, GgufCursor.REMEDY);
            }
            checked.add(kind.cast(value));
        }
        return checked;
    }

    private <T> T required(String key, Class<T> kind, String kindName) {
        Object value = metadata.get(key);
        if (value == null) {
            throw new ModelFileException(file, "metadata " + key + " is missing", GgufCursor.REMEDY);
        }
        if (!kind.isInstance(value)) {
            throw new ModelFileException(file, "metadata " + key + " is not " + kindName, GgufCursor.REMEDY);
        }
        return kind.cast(value);
    }

    /** Unmaps the file; whatever was read stays. */
    @Override
    public void close() {
        arena.close();
    }
}
