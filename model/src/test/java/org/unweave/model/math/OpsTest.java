package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backend computes what {@link ReferenceOps} does, on random shapes, odd sizes included. */
class OpsTest {
    private static final List<int[]> SHAPES = List.of(
            new int[] {1, 1, 1}, new int[] {3, 5, 7}, new int[] {33, 17, 129}, new int[] {64, 64, 256}, new int[] {
                70, 100, 523
            });

    private final Random random = new Random(7);

    static Stream<Arguments> backendsAndShapes() {
        return Stream.of("simd1", "simd3", "nd4j", "nd4j-copying")
                .flatMap(backend -> SHAPES.stream().map(shape -> Arguments.of(backend, shape[0], shape[1], shape[2])));
    }

    private static Ops open(String backend) {
        return switch (backend) {
            case "simd1" -> new SimdOps(new Team(1));
            case "simd3" -> new SimdOps(new Team(3));
            case "nd4j" -> {
                Nd4jBackend.assumeOfTheCpu();
                yield Nd4jOps.sharing();
            }
            case "nd4j-copying" -> {
                Nd4jBackend.assumeRuns();
                yield Nd4jOps.copying();
            }
            default -> throw new IllegalArgumentException(backend);
        };
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void denseKernels_agreeWithReference(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat xBD = mat(b, d);
            Mat wFD = mat(f, d);
            Mat yBF = mat(b, f);
            Mat row1D = mat(1, d);
            same(ops, reference, b, f, (o, out) -> o.multiplyTransposed(xBD, wFD, out));
            same(ops, reference, b, d, (o, out) -> o.multiply(yBF, wFD, out));
            same(ops, reference, 1, d, (o, out) -> o.multiply(yBF.rowsView(0, 1), wFD, out));
            same(ops, reference, f, d, (o, out) -> o.multiplyLeftTransposed(yBF, xBD, out));
            same(ops, reference, b, d, (o, out) -> o.subtractRow(xBD, row1D, out));
            same(ops, reference, b, d, (o, out) -> {
                out.copyFrom(xBD);
                o.addRow(out, row1D);
                o.addScaled(-0.3f, xBD, out);
                o.scale(out, 1.7f);
                o.subtract(out, xBD, out);
            });
            same(ops, reference, 1, d, (o, out) -> {
                out.copyFrom(row1D);
                o.addColumnSums(0.5f, xBD, out);
            });
            assertThat(ops.sumOfSquares(wFD)).isCloseTo(reference.sumOfSquares(wFD), within(1e-5 * wFD.size()));
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void decoderKernels_agreeWithReference(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat dec = mat(f, d);
            dec.setRow(f / 2, new float[d]);
            same(ops, reference, f, d, (o, out) -> {
                out.copyFrom(dec);
                o.normalizeRows(out);
            });
            Mat unit = dec.copy();
            reference.normalizeRows(unit);
            Mat gradient = mat(f, d);
            same(ops, reference, f, d, (o, out) -> {
                out.copyFrom(gradient);
                o.removeParallel(out, unit);
            });
            same(ops, reference, f, d, (o, out) -> {
                out.copyFrom(gradient);
                o.removeParallel(out, dec);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void adam_agreesWithReferenceOverSeveralUpdates(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat start = mat(b, f);
            List<Mat> gradients = IntStream.range(0, 4).mapToObj(i -> mat(b, f)).toList();
            same(ops, reference, b, f, (o, out) -> {
                out.copyFrom(start);
                Mat first = Mat.zeros(b, f);
                Mat second = Mat.zeros(b, f);
                for (int i = 0; i < gradients.size(); i++) {
                    o.adam(
                            out,
                            gradients.get(i),
                            0.25f,
                            first,
                            second,
                            new Ops.AdamStep(1e-2f, 0.9f, 0.999f, 1e-8f, i + 1));
                }
                o.addScaled(1f, first, out);
                o.addScaled(1f, second, out);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void selections_areThoseOfReference_tiesIncluded(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat preBF = mat(b, f);
            // Coarse values: many are equal, and many are 0.
            for (int row = 0; row < b; row++) {
                for (int col = 0; col < f; col++) {
                    preBF.set(row, col, Math.round(preBF.get(row, col) * 3) / 3f);
                }
            }
            int[] some = IntStream.range(0, f).filter(i -> i % 3 != 1).toArray();
            for (int k : new int[] {1, 2, 5, f}) {
                if (k > f) {
                    continue;
                }
                sameCodes(ops, reference, f, (o, out) -> o.selectTopK(preBF, k, out));
                sameCodes(ops, reference, f, (o, out) -> o.selectTopKAmong(preBF, some, k, out));
            }
            sameCodes(ops, reference, f, (o, out) -> o.selectPositive(preBF, out));
            sameCodes(ops, reference, f, (o, out) -> o.selectTopKAmong(preBF, new int[0], 3, out));
            for (int count : new int[] {1, b, 3 * b + 1, b * f}) {
                sameCodes(ops, reference, f, (o, out) -> o.selectBatchTopK(preBF, count, out));
            }
            Mat bound = mat(1, f);
            sameCodes(ops, reference, f, (o, out) -> o.selectAbove(preBF, bound, out));
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void sparseKernels_agreeWithReference_sparseAndDense(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat dec = mat(f, d);
            Mat bias = mat(1, d);
            Mat gradient = mat(b, d);
            for (int k : new int[] {1, Math.max(1, f / 40), f}) {
                Codes codes = new Codes(f);
                reference.selectTopK(mat(b, f), k, codes);
                float[] coefficient = values(codes.entries());
                same(ops, reference, b, d, (o, out) -> o.decode(codes, dec, bias, out));
                same(ops, reference, b, d, (o, out) -> o.decode(codes, dec, null, out));
                same(ops, reference, b, d, (o, out) -> {
                    out.copyFrom(gradient);
                    o.addDecoded(codes, dec, out);
                });
                same(ops, reference, f, d, (o, out) -> {
                    out.copyFrom(dec);
                    o.addFeatureRows(new FeatureRows(codes, coefficient, 0.75f, gradient), out);
                });
                same(ops, reference, 1, f, (o, out) -> o.addFeatureSums(codes, coefficient, out));
                same(ops, reference, b, d, (o, out) -> o.decodeError(codes, dec, bias, gradient, out));
                float[] left = Arrays.copyOf(codes.errorProducts(), codes.entries());
                float[] dots = new float[codes.entries()];
                Mat error = Mat.zeros(b, d);
                reference.decodeError(codes, dec, bias, gradient, error);
                reference.addCodeGradients(codes, error, dec, dots);
                close(left, dots);
                float[] actual = coefficient.clone();
                float[] expected = coefficient.clone();
                ops.addCodeGradients(codes, gradient, dec, actual);
                reference.addCodeGradients(codes, gradient, dec, expected);
                close(actual, expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void featureRows_agreeWithReference_partsEmptyRowsAndRowsOfZerosIncluded(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat along = mat(f, d);
            along.setRow(f / 2, new float[d]);
            Codes none = new Codes(f);
            none.reset(b, 0);
            FeatureRows nothing = new FeatureRows(none, new float[0], mat(b, d));
            for (int k : new int[] {1, Math.max(1, f / 40), f}) {
                FeatureRows first = part(reference, b, d, f, k);
                FeatureRows second = part(reference, b, d, f, 1);
                for (List<FeatureRows> parts : List.of(
                        List.<FeatureRows>of(), List.of(nothing), List.of(first), List.of(second, nothing, first))) {
                    for (boolean unit : new boolean[] {false, true}) {
                        double[] squares = new double[2];
                        same(ops, reference, f, d, (o, out) -> {
                            out.fill(7);
                            squares[o == ops ? 0 : 1] = o.featureRows(parts, unit ? along : null, out);
                        });
                        assertThat(squares[0]).isCloseTo(squares[1], within(1e-4 * (1 + squares[1])));
                    }
                }
            }
        }
    }

    private FeatureRows part(Ops reference, int b, int d, int f, int k) {
        Codes codes = new Codes(f);
        reference.selectTopK(mat(b, f), k, codes);
        return new FeatureRows(codes, values(codes.entries()), mat(b, d));
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void adamUnitRows_agreesWithReferenceOverSeveralUpdates(String backend, int b, int d, int f) {
        try (Ops ops = open(backend);
                Ops reference = new ReferenceOps()) {
            Mat start = mat(b, f);
            List<Mat> gradients = IntStream.range(0, 4).mapToObj(i -> mat(b, f)).toList();
            same(ops, reference, b, f, (o, out) -> {
                out.copyFrom(start);
                Mat first = Mat.zeros(b, f);
                Mat second = Mat.zeros(b, f);
                for (int i = 0; i < gradients.size(); i++) {
                    Ops.AdamStep step = new Ops.AdamStep(1e-2f, 0.9f, 0.999f, 1e-8f, i + 1);
                    o.adamUnitRows(out, gradients.get(i), 0.25f, first, second, step);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void shapesThatDoNotFit_areRefused(String backend, int b, int d, int f) {
        try (Ops ops = open(backend)) {
            Mat xBD = mat(b, d);
            Mat wrong = mat(f + 1, d + 1);
            assertThatThrownBy(() -> ops.multiplyTransposed(xBD, wrong, mat(b, f + 1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ops.subtract(xBD, wrong, xBD)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ops.selectTopK(xBD, 1, new Codes(d + 1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void simd_givesTheSameBits_whateverTheThreads(String backend, int b, int d, int f) {
        try (Ops one = open("simd1");
                Ops three = open("simd3")) {
            Mat xBD = mat(2 * b + 300, d);
            Mat wFD = mat(f, d);
            Mat first = Mat.zeros(xBD.rows(), f);
            Mat second = Mat.zeros(xBD.rows(), f);
            one.multiplyTransposed(xBD, wFD, first);
            three.multiplyTransposed(xBD, wFD, second);
            assertThat(second.toArray()).isEqualTo(first.toArray());
            assertThat(three.sumOfSquares(first)).isEqualTo(one.sumOfSquares(first));
        }
    }

    private interface Kernel {
        void run(Ops ops, Mat out);
    }

    private static void same(Ops ops, Ops reference, int rows, int cols, Kernel kernel) {
        Mat actual = Mat.zeros(rows, cols);
        Mat expected = Mat.zeros(rows, cols);
        kernel.run(ops, actual);
        kernel.run(reference, expected);
        close(actual.toArray(), expected.toArray());
    }

    private static void close(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i], within(1e-4f + 1e-4f * Math.abs(expected[i])));
        }
    }

    private interface Selection {
        void run(Ops ops, Codes out);
    }

    private static void sameCodes(Ops ops, Ops reference, int features, Selection selection) {
        Codes actual = new Codes(features);
        Codes expected = new Codes(features);
        selection.run(ops, actual);
        selection.run(reference, expected);
        assertThat(Arrays.copyOf(actual.rowStart(), actual.rows() + 1))
                .isEqualTo(Arrays.copyOf(expected.rowStart(), expected.rows() + 1));
        assertThat(Arrays.copyOf(actual.feature(), actual.entries()))
                .isEqualTo(Arrays.copyOf(expected.feature(), expected.entries()));
        assertThat(Arrays.copyOf(actual.value(), actual.entries()))
                .isEqualTo(Arrays.copyOf(expected.value(), expected.entries()));
    }

    private Mat mat(int rows, int cols) {
        return Mat.of(rows, cols, values(rows * cols));
    }

    private float[] values(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
