package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.math.Mat;

/** Stored numbers come back as the format says, and a file that is cut short or corrupt is refused by name. */
class GgufFileTest {
    private static final int F16 = 1;
    private static final int Q4_1 = 3;
    private static final int Q8_0 = 8;

    @TempDir
    private Path folder;

    private final Random random = new Random(3);

    @Test
    void metadata_allKinds_areRead() {
        GgufBuilder builder = new GgufBuilder()
                .put("text", "Grüße")
                .put("number", -1)
                .put("fraction", 0.5f)
                .put("flag", true)
                .putTexts("texts", List.of("a", "", "ü"))
                .putIntegers("integers", List.of(-3, 7))
                .raw("int8", 1, new byte[] {-2})
                .raw("uint8", 0, new byte[] {-2})
                .raw("int16", 3, new byte[] {-2, -1})
                .raw("uint16", 2, new byte[] {-2, -1})
                .raw("int64", 11, GgufBuilder.int64(-9))
                .raw("uint64", 10, GgufBuilder.int64(9))
                .raw("double", 12, GgufBuilder.int64(Double.doubleToLongBits(0.1)));
        try (GgufFile file = open(builder.bytes())) {
            assertThat(file.text("text")).isEqualTo("Grüße");
            assertThat(file.integer("number")).isEqualTo(0xFFFF_FFFFL);
            assertThat(file.number("fraction")).isEqualTo(0.5);
            assertThat(file.flag("flag", false)).isTrue();
            assertThat(file.texts("texts")).containsExactly("a", "", "ü");
            assertThat(file.integers("integers")).containsExactly(-3L, 7L);
            assertThat(file.integer("int8")).isEqualTo(-2);
            assertThat(file.integer("uint8")).isEqualTo(254);
            assertThat(file.integer("int16")).isEqualTo(-2);
            assertThat(file.integer("uint16")).isEqualTo(65534);
            assertThat(file.integer("int64")).isEqualTo(-9);
            assertThat(file.integer("uint64")).isEqualTo(9);
            assertThat(file.number("double")).isEqualTo(0.1);
            assertThatThrownBy(() -> file.integer("text")).hasMessageContaining("text is not a whole number");
            assertThatThrownBy(() -> file.text("nothing")).hasMessageContaining("nothing is missing");
        }
    }

    @Test
    void float32AndFloat16_comeBackAsTheyAre() {
        float[] values = {0f, -1.5f, 3e-5f, 65504f, 1f, 2f};
        ByteBuffer halves = GgufBuilder.little(values.length * 2);
        for (float value : values) {
            halves.putShort(Float.floatToFloat16(value));
        }
        GgufBuilder builder = new GgufBuilder().tensor("a", 2, 3, values).tensor("b", F16, halves.array(), 3, 2);
        try (GgufFile file = open(builder.bytes())) {
            Mat a = file.read("a");
            assertThat(a.rows()).isEqualTo(2);
            assertThat(a.cols()).isEqualTo(3);
            assertThat(a.toArray()).isEqualTo(values);
            float[] rounded = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
            assertThat(file.read("b").toArray()).isEqualTo(rounded);
        }
    }

    @Test
    void q4_1_lowHalvesComeFirst() {
        ByteBuffer block = GgufBuilder.little(20);
        block.putShort(Float.floatToFloat16(0.5f)).putShort(Float.floatToFloat16(-2f));
        for (int i = 0; i < 16; i++) {
            block.put((byte) (i | (15 - i) << 4));
        }
        float[] expected = new float[32];
        for (int i = 0; i < 16; i++) {
            expected[i] = 0.5f * i - 2;
            expected[16 + i] = 0.5f * (15 - i) - 2;
        }
        try (GgufFile file =
                open(new GgufBuilder().tensor("a", Q4_1, block.array(), 32).bytes())) {
            assertThat(file.read("a").toArray()).isEqualTo(expected);
        }
    }

    @Test
    void q4_1AndQ8_0_randomBlocks_equalAPlainDecode() {
        byte[] q4 = blocks(3 * 4, 20, 2);
        byte[] q8 = blocks(3 * 4, 34, 1);
        GgufBuilder builder = new GgufBuilder().tensor("q4", Q4_1, q4, 128, 3).tensor("q8", Q8_0, q8, 128, 3);
        try (GgufFile file = open(builder.bytes())) {
            assertThat(file.read("q4").toArray()).isEqualTo(plainQ4(q4));
            assertThat(file.read("q8").toArray()).isEqualTo(plainQ8(q8));
            Mat middle = Mat.zeros(2, 128);
            file.read(file.tensor("q8"), 1, 2, middle.memory(), 128);
            assertThat(middle.copyRow(1)).containsExactly(Arrays.copyOfRange(plainQ8(q8), 128, 256));
            assertThat(middle.copyRow(0)).containsOnly(0f);
        }
    }

    private byte[] blocks(int count, int blockBytes, int halves) {
        ByteBuffer data = GgufBuilder.little(count * blockBytes);
        for (int block = 0; block < count; block++) {
            byte[] bytes = new byte[blockBytes];
            random.nextBytes(bytes);
            data.put(block * blockBytes, bytes);
            for (int i = 0; i < halves; i++) {
                data.putShort(block * blockBytes + 2 * i, Float.floatToFloat16((float) random.nextGaussian()));
            }
        }
        return data.array();
    }

    private static float[] plainQ4(byte[] data) {
        float[] out = new float[data.length / 20 * 32];
        for (int i = 0; i < out.length; i++) {
            int block = i / 32 * 20;
            int pair = data[block + 4 + i % 16] & 0xFF;
            int q = i % 32 < 16 ? pair % 16 : pair / 16;
            out[i] = half(data, block) * q + half(data, block + 2);
        }
        return out;
    }

    private static float[] plainQ8(byte[] data) {
        float[] out = new float[data.length / 34 * 32];
        for (int i = 0; i < out.length; i++) {
            int block = i / 32 * 34;
            out[i] = half(data, block) * data[block + 2 + i % 32];
        }
        return out;
    }

    private static float half(byte[] data, int at) {
        return Float.float16ToFloat((short) (data[at] & 0xFF | data[at + 1] << 8));
    }

    @Test
    void file_cutAnywhere_isRefusedByName() {
        byte[] whole = sample().bytes();
        for (int size = 0; size < whole.length; size++) {
            byte[] cut = Arrays.copyOf(whole, size);
            assertThatThrownBy(() -> open(cut).close())
                    .as("cut after %d of %d bytes", size, whole.length)
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("model.gguf");
        }
        open(whole).close();
    }

    @Test
    void file_anyHeaderByteChanged_isReadOrRefused() {
        byte[] whole = sample().bytes();
        for (int at = 0; at < whole.length; at++) {
            for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF}) {
                byte[] changed = whole.clone();
                changed[at] = (byte) value;
                try (GgufFile file = open(changed)) {
                    for (String name : file.tensorNames()) {
                        file.read(name).close();
                    }
                } catch (ModelFileException e) {
                    assertThat(e).hasMessageContaining("model.gguf");
                }
            }
        }
    }

    private static GgufBuilder sample() {
        return new GgufBuilder()
                .put("text", "abc")
                .putTexts("texts", List.of("a", "bc"))
                .putIntegers("integers", List.of(1, 2, 3))
                .tensor("a", 2, 3, 1, 2, 3, 4, 5, 6)
                .tensor("b", Q8_0, new byte[34], 32)
                .tensor("c", 1, 8, 1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void magicAndVersion_thatAreOthers_areNamed() {
        byte[] zip = sample().bytes();
        zip[0] = 'P';
        refused(zip, "not a GGUF file");
        byte[] old = sample().bytes();
        old[4] = 2;
        refused(old, "GGUF version 2");
        byte[] bigEndian = sample().bytes();
        bigEndian[4] = 0;
        bigEndian[7] = 3;
        refused(bigEndian, "big-endian");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 1L << 61})
    void counts_beyondTheFile_areRefused(long huge) {
        ByteBuffer tensors = ByteBuffer.wrap(sample().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        refused(tensors.putLong(8, huge).array(), "the number of tensors");
        ByteBuffer entries = ByteBuffer.wrap(sample().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        refused(entries.putLong(16, huge).array(), "the number of metadata entries");
        refused(new GgufBuilder().raw("t", 8, GgufBuilder.int64(huge)).bytes(), "the length of t");
        byte[] array = GgufBuilder.little(12).putInt(8).putLong(huge).array();
        refused(new GgufBuilder().raw("list", 9, array).bytes(), "the length of list");
        refused(new GgufBuilder().tensor("a", 0, new byte[4], huge).bytes(), "tensor a");
        refused(new GgufBuilder().tensor("a", 0, new byte[4], 1, huge).bytes(), "tensor a");
        refused(
                new GgufBuilder()
                        .tensor("a", 0, new byte[4], 1L << 32, 1L << 31, 2)
                        .bytes(),
                "tensor a");
    }

    @Test
    void tensors_thatAreWrong_areNamed() {
        refused(new GgufBuilder().tensor("a", 12, new byte[4], 256).bytes(), "stored as type 12");
        refused(new GgufBuilder().tensor("a", Q8_0, new byte[34], 33).bytes(), "no multiple of Q8_0's 32");
        refused(new GgufBuilder().tensor("a", 0, new byte[4], 0).bytes(), "shape [1, 0]");
        refused(new GgufBuilder().tensor("a", 0, new byte[4], 1, 1, 1, 1, 1).bytes(), "5 dimensions");
        refused(
                new GgufBuilder()
                        .tensor("a", 0, new byte[4], 1)
                        .tensor("a", 0, new byte[4], 1)
                        .bytes(),
                "a is there twice");
        refused(
                new GgufBuilder()
                        .tensor("a", 0, new byte[32], 9)
                        .tensor("b", 0, new byte[32], 8)
                        .bytes(),
                "overlap");
        refused(new GgufBuilder().put("k", 1).put("k", 1).bytes(), "k is there twice");
        refused(new GgufBuilder().put("general.alignment", 24).bytes(), "alignment of 24");
        refused(new GgufBuilder().raw("k", 13, new byte[8]).bytes(), "unknown type 13");
        refused(new GgufBuilder().raw("k", 7, new byte[] {2}).bytes(), "neither true nor false");
        byte[] notText = GgufBuilder.little(10)
                .putLong(2)
                .put((byte) 0xC3)
                .put((byte) 'a')
                .array();
        refused(new GgufBuilder().raw("k", 8, notText).bytes(), "not UTF-8");
    }

    @Test
    void arrays_nestedWithoutEnd_areRefused() {
        byte[] nested = new byte[12 * 64];
        for (int i = 0; i < 64; i++) {
            ByteBuffer.wrap(nested)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(12 * i, 9)
                    .putLong(12 * i + 4, 1);
        }
        refused(new GgufBuilder().raw("deep", 9, nested).bytes(), "nests arrays");
    }

    @Test
    void weights_thatAreNotFinite_areRefusedByTensor() {
        ByteBuffer block = GgufBuilder.little(34).putShort((short) 0x7C00);
        GgufBuilder builder =
                new GgufBuilder().tensor("infinite", Q8_0, block.array(), 32).tensor("nan", 1, 2, 1f, Float.NaN);
        try (GgufFile file = open(builder.bytes())) {
            assertThatThrownBy(() -> file.read("infinite"))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("tensor infinite holds a number that is not finite");
            assertThatThrownBy(() -> file.read("nan")).hasMessageContaining("tensor nan");
            assertThatThrownBy(() -> file.read("other")).hasMessageContaining("tensor other is missing");
        }
    }

    @Test
    void checksum_thatDiffers_isRefused() throws Exception {
        byte[] bytes = sample().bytes();
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        Path path = Files.write(folder.resolve("model.gguf"), bytes);
        try (GgufFile file = GgufFile.open(path, sha256)) {
            assertThat(file.fingerprint()).isEqualTo(sha256);
        }
        String other = "00" + sha256.substring(2);
        assertThatThrownBy(() -> GgufFile.open(path, other).close())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(sha256)
                .hasMessageContaining(other)
                .hasMessageContaining("fetch it again");
    }

    @Test
    void file_thatIsNotThere_isNamed() {
        Path nowhere = folder.resolve("nowhere.gguf");
        assertThatThrownBy(() -> GgufFile.open(nowhere).close())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("nowhere.gguf");
        refused("GGU".getBytes(StandardCharsets.US_ASCII), "ends after 3 bytes");
        refused(new byte[0], "ends after 0 bytes");
    }

    private void refused(byte[] bytes, String message) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model.gguf")
                .hasMessageContaining(message);
    }

    private GgufFile open(byte[] bytes) {
        try {
            return GgufFile.open(Files.write(folder.resolve("model.gguf"), bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
