package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.DataConfig.Precision;

/** bf16 is the nearest value with ties to even, and what is decoded is what was encoded, whatever the row's width. */
class ActivationRowsTest {
    @Test
    void toBf16_ties_goToTheEvenNeighbour() {
        // 1 + 2^-8 lies midway between 1 (even) and 1 + 2^-7; 1 + 3 2^-8 between 1 + 2^-7 and 1 + 2^-6 (even).
        assertThat(rounded(1 + 0x1p-8f)).isEqualTo(1f);
        assertThat(rounded(1 + 3 * 0x1p-8f)).isEqualTo(1 + 0x1p-6f);
        assertThat(rounded(Math.nextUp(1 + 0x1p-8f))).isEqualTo(1 + 0x1p-7f);
        assertThat(rounded(Math.nextDown(1 + 3 * 0x1p-8f))).isEqualTo(1 + 0x1p-7f);
        assertThat(rounded(-1 - 0x1p-8f)).isEqualTo(-1f);
    }

    @Test
    void toBf16_randomBits_areTheNearestValue() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (!Float.isFinite(value) || Math.abs(value) > 0x1.fcp127f) {
                continue;
            }
            int bits = Float.floatToRawIntBits(value);
            float low = Float.intBitsToFloat(bits & 0xFFFF0000);
            float high = Float.intBitsToFloat((bits & 0xFFFF0000) + 0x10000);
            double toLow = Math.abs((double) value - low);
            double toHigh = Math.abs((double) value - high);
            boolean lowIsEven = (bits & 0x10000) == 0;
            float nearest = toLow < toHigh || (toLow == toHigh && lowIsEven) ? low : high;
            assertThat(rounded(value)).isEqualTo(nearest);
        }
    }

    @Test
    void toBf16_specialValues_stayWhatTheyAre() {
        assertThat(rounded(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(rounded(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(rounded(Float.NaN)).isNaN();
        assertThat(rounded(Float.intBitsToFloat(0x7FFFFFFF))).isNaN();
        assertThat(rounded(Float.intBitsToFloat(0x7F800001))).isNaN();
        assertThat(Float.floatToRawIntBits(rounded(-0f))).isEqualTo(0x80000000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 8, 15, 16, 17, 31, 33, 64, 576})
    void decode_anyWidth_givesScaledStoredValues(int width) {
        for (Precision precision : Precision.values()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment values = floats(arena, width, 5);
                int bytes = ActivationRows.bytesPerValue(precision);
                MemorySegment stored = arena.allocate(3L * width * bytes);
                MemorySegment decoded = arena.allocate(3L * width * Float.BYTES, Float.BYTES);

                boolean finite = ActivationRows.encode(values, 0, stored, (long) width * bytes, width, precision);
                ActivationRows.decode(
                        stored, (long) width * bytes, decoded, (long) width * Float.BYTES, width, 0.25f, precision);

                assertThat(finite).isTrue();
                for (int i = 0; i < width; i++) {
                    float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    float expected = (precision == Precision.BF16 ? rounded(value) : value) * 0.25f;
                    assertThat(decoded.getAtIndex(ValueLayout.JAVA_FLOAT, width + i))
                            .isEqualTo(expected);
                    assertThat(decoded.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isZero();
                    assertThat(decoded.getAtIndex(ValueLayout.JAVA_FLOAT, 2 * width + i))
                            .isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void encode_valueThatIsNotFinite_isTold(Precision precision) {
        try (Arena arena = Arena.ofConfined()) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                MemorySegment values = floats(arena, 20, 2);
                values.setAtIndex(ValueLayout.JAVA_FLOAT, 13, bad);
                assertThat(ActivationRows.encode(values, 0, arena.allocate(80), 0, 20, precision))
                        .isFalse();
            }
        }
    }

    @Test
    void encode_valueThatRoundsToInfinity_isTold() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = floats(arena, 1, 2);
            values.setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.MAX_VALUE);
            assertThat(ActivationRows.encode(values, 0, arena.allocate(2), 0, 1, Precision.BF16))
                    .isFalse();
            assertThat(ActivationRows.encode(values, 0, arena.allocate(4), 0, 1, Precision.FP32))
                    .isTrue();
        }
    }

    @Test
    void norm_isThatOfTheStoredValues() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 3, 4, 12);
            MemorySegment stored = arena.allocate(6);
            ActivationRows.encode(values, 0, stored, 0, 3, Precision.BF16);
            assertThat(ActivationRows.norm(stored, 0, 3, Precision.BF16)).isEqualTo(13);
        }
    }

    private static float rounded(float value) {
        return ActivationRows.fromBf16(ActivationRows.toBf16(value));
    }

    private static MemorySegment floats(Arena arena, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment floats = arena.allocate((long) count * Float.BYTES, Float.BYTES);
        for (int i = 0; i < count; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return floats;
    }
}
