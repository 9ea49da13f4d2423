package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The codes picked while the product is made are those that the reference picks from the whole of it: ties, numbers that
 * are none, rows with little to pick and sizes that fill no vector or block included, whatever the threads.
 */
class EncodeTest {
    private static final float[] ODD = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f};

    private final Random random = new Random(11);

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,5,7", "33,17,129", "64,64,96", "70,100,523", "5,1300,61", "600,20,400"})
    void encode_sumsWithoutRounding_picksWhatReferenceDoes(int b, int d, int f) {
        Mat centredBD = quarters(b, d);
        Mat encFD = quarters(f, d);
        // Rows with nothing positive but what the biases bring.
        centredBD.setRow(b / 2, new float[d]);
        for (int threads : new int[] {1, 3}) {
            for (int k : new int[] {1, 2, 5, 31, f + 3}) {
                same(centredBD, encFD, quarters(1, f), threads, k);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3,5,40", "70,12,523"})
    void encode_biasesThatAreNoNumbers_picksWhatReferenceDoes(int b, int d, int f) {
        Mat bias1F = quarters(1, f);
        for (int i = 0; i < f; i += 3) {
            bias1F.set(0, i, ODD[i % ODD.length]);
        }
        for (int k : new int[] {1, 4, f / 3, f}) {
            same(quarters(b, d), quarters(f, d), bias1F, 2, k);
        }
    }

    @Test
    void encode_nothingPositive_givesNoEntries() {
        Mat encFD = quarters(40, 8);
        Mat bias1F = Mat.zeros(1, 40);
        bias1F.fill(-1);
        same(Mat.zeros(9, 8), encFD, bias1F, 1, 5);
    }

    @Test
    void encode_allEqual_keepsTheLowestFeaturesAndRows() {
        Mat bias1F = Mat.zeros(1, 300);
        bias1F.fill(0.5f);
        same(Mat.zeros(80, 8), Mat.zeros(300, 8), bias1F, 2, 7);
    }

    @Test
    void encode_roundedSums_givesTheSameBitsWhateverTheThreadsAndAgain() {
        Mat centredBD = gaussian(700, 77);
        Mat encFD = gaussian(611, 77);
        Mat bias1F = gaussian(1, 611);
        List<Pick> first = picks(611, 20, 9000);
        run(1, centredBD, encFD, bias1F, first);
        for (int threads : new int[] {2, 3, 2}) {
            List<Pick> again = picks(611, 20, 9000);
            run(threads, centredBD, encFD, bias1F, again);
            for (int i = 0; i < first.size(); i++) {
                sameCodes(again.get(i).out(), first.get(i).out());
            }
        }
    }

    @Test
    void encode_calledAgainWithOtherShapes_leavesNothingOfTheFirst() {
        try (Team team = new Team(2);
                Ops ops = new SimdOps(team);
                Ops reference = new ReferenceOps()) {
            for (int[] shape : new int[][] {{90, 10, 200}, {20, 3, 30}, {130, 30, 250}}) {
                Mat centredBD = quarters(shape[0], shape[1]);
                Mat encFD = quarters(shape[2], shape[1]);
                Mat bias1F = quarters(1, shape[2]);
                List<Pick> actual = picks(shape[2], 6, 50);
                List<Pick> expected = picks(shape[2], 6, 50);
                ops.encode(centredBD, encFD, bias1F, actual);
                reference.encode(centredBD, encFD, bias1F, expected);
                for (int i = 0; i < actual.size(); i++) {
                    sameCodes(actual.get(i).out(), expected.get(i).out());
                }
            }
        }
    }

    @Test
    void encode_whatDoesNotFit_isRefused() {
        Mat centredBD = quarters(4, 3);
        Mat encFD = quarters(6, 3);
        try (Team team = new Team(1);
                Ops ops = new SimdOps(team)) {
            assertThatThrownBy(() -> ops.encode(quarters(4, 2), encFD, quarters(1, 6), List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ops.encode(centredBD, encFD, quarters(1, 5), List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
            for (Pick pick : List.of(
                    new Pick.TopK(0, new Codes(6)),
                    new Pick.TopK(1, new Codes(5)),
                    new Pick.BatchTopK(0, new Codes(6)),
                    new Pick.TopKAmong(FeatureSet.of(2, 6), 1, new Codes(6)),
                    new Pick.Above(quarters(1, 7), new Codes(6)))) {
                assertThatThrownBy(() -> ops.encode(centredBD, encFD, quarters(1, 6), List.of(pick)))
                        .as("%s", pick)
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    private void same(Mat centredBD, Mat encFD, Mat bias1F, int threads, int k) {
        int f = encFD.rows();
        int count = Math.max(1, Math.min(centredBD.rows() * k / 2, centredBD.rows() * f));
        Mat bound1F = quarters(1, f);
        List<Pick> actual = new ArrayList<>(picks(f, k, count));
        List<Pick> expected = new ArrayList<>(picks(f, k, count));
        actual.add(new Pick.Above(bound1F, new Codes(f)));
        expected.add(new Pick.Above(bound1F, new Codes(f)));
        run(threads, centredBD, encFD, bias1F, actual);
        try (Ops reference = new ReferenceOps()) {
            reference.encode(centredBD, encFD, bias1F, expected);
        }
        for (int i = 0; i < actual.size(); i++) {
            sameCodes(actual.get(i).out(), expected.get(i).out());
        }
    }

    private static List<Pick> picks(int f, int k, int count) {
        int[] some = IntStream.range(0, f).filter(i -> i % 3 != 1).toArray();
        return List.of(
                new Pick.TopK(k, new Codes(f)),
                new Pick.TopKAmong(FeatureSet.of(some), k, new Codes(f)),
                new Pick.TopKAmong(FeatureSet.empty(), k, new Codes(f)),
                new Pick.BatchTopK(count, new Codes(f)),
                new Pick.Positive(new Codes(f)));
    }

    private static void run(int threads, Mat centredBD, Mat encFD, Mat bias1F, List<Pick> picks) {
        try (Team team = new Team(threads);
                Ops ops = new SimdOps(team)) {
            ops.encode(centredBD, encFD, bias1F, picks);
        }
    }

    private static void sameCodes(Codes actual, Codes expected) {
        assertThat(actual.rows()).isEqualTo(expected.rows());
        assertThat(Arrays.copyOf(actual.rowStart(), actual.rows() + 1))
                .isEqualTo(Arrays.copyOf(expected.rowStart(), expected.rows() + 1));
        assertThat(Arrays.copyOf(actual.feature(), actual.entries()))
                .isEqualTo(Arrays.copyOf(expected.feature(), expected.entries()));
        assertThat(Arrays.copyOf(actual.value(), actual.entries()))
                .isEqualTo(Arrays.copyOf(expected.value(), expected.entries()));
    }

    // Small multiples of a quarter: their products' sums are exact in float, so many are equal and none is rounded.
    private Mat quarters(int rows, int cols) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt(9) - 4) / 4f;
        }
        return Mat.of(rows, cols, values);
    }

    private Mat gaussian(int rows, int cols) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Mat.of(rows, cols, values);
    }
}
