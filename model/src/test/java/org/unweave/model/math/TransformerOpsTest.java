package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.TransformerOps.Heads;

/**
 * Every backend computes what {@link ReferenceTransformerOps} does, on random shapes, odd sizes included, with the same
 * bits for any number of threads.
 */
class TransformerOpsTest {
    private final Random random = new Random(11);

    static Stream<Arguments> backendsAndShapes() {
        List<int[]> shapes = List.of(
                new int[] {1, 1, 1}, new int[] {3, 5, 7}, new int[] {33, 17, 130}, new int[] {70, 96, 1031}, new int[] {
                    600, 20, 1700
                });
        return Stream.of("simd1", "simd3")
                .flatMap(backend -> shapes.stream().map(s -> Arguments.of(backend, s[0], s[1], s[2])));
    }

    static Stream<Arguments> backendsAndHeads() {
        List<int[]> starts = List.of(
                new int[] {0, 1}, new int[] {0, 3, 4, 17}, new int[] {0, 64, 129}, new int[] {0, 200, 201, 266});
        List<Heads> heads = List.of(new Heads(1, 1, 2), new Heads(6, 2, 10), new Heads(9, 3, 64), new Heads(4, 4, 16));
        return Stream.of("simd1", "simd3")
                .flatMap(backend -> starts.stream().flatMap(s -> heads.stream().map(h -> Arguments.of(backend, s, h))));
    }

    private static TransformerOps open(String backend) {
        return switch (backend) {
            case "simd1" -> new SimdTransformerOps(new Team(1));
            case "simd3" -> new SimdTransformerOps(new Team(3));
            default -> throw new IllegalArgumentException(backend);
        };
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void products_agreeWithReference(String backend, int rows, int inner, int columns) {
        Mat a = mat(rows, inner, 1);
        Mat b = mat(columns, inner, 1);
        same(backend, rows, columns, 1e-5, (ops, out) -> ops.multiplyTransposed(a, b, out));
        same(backend, rows, columns, 1e-5, (ops, out) -> ops.addMultiplyTransposed(a, b, out));
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void rowKernels_agreeWithReference(String backend, int rows, int inner, int columns) {
        Mat x = mat(rows, columns, 3);
        Mat gain = mat(1, columns, 1);
        Mat gateUp = mat(rows, 2 * columns, 8);
        int[] ids = random.ints(rows + 2, 0, rows).toArray();
        same(backend, rows, columns, 1e-5, (ops, out) -> ops.rmsNorm(x, gain, 1e-5f, out));
        same(backend, rows, columns, 1e-5, (ops, out) -> ops.siluMultiply(gateUp, out));
        same(backend, rows, columns, 0, (ops, out) -> ops.gather(x, ids, 2, out));
    }

    @ParameterizedTest
    @MethodSource("backendsAndShapes")
    void losses_agreeWithReference(String backend, int rows, int inner, int columns) {
        Mat p = mat(rows, columns, 5);
        Mat q = mat(rows, columns, 5);
        int[] targets = random.ints(rows + 1, 0, columns).toArray();
        same(backend, 1, rows + 1, 1e-5, (ops, out) -> {
            float[] values = new float[rows + 1];
            ops.crossEntropy(p, targets, 1, values);
            out.set(values);
        });
        same(backend, 1, rows + 1, 1e-5, (ops, out) -> {
            float[] values = new float[rows + 1];
            ops.divergence(p, q, 1, values);
            out.set(values);
        });
    }

    @ParameterizedTest
    @MethodSource("backendsAndHeads")
    void attention_agreesWithReference(String backend, int[] starts, Heads heads) {
        int rows = starts[starts.length - 1];
        Mat qkv = mat(rows, heads.columns(), 2);
        same(backend, rows, heads.query() * heads.width(), 1e-5, (ops, out) -> ops.attention(qkv, starts, heads, out));
    }

    @ParameterizedTest
    @MethodSource("backendsAndHeads")
    void attention_ofLastRowsOnly_agreesWithReferenceAndWithTheWhole(String backend, int[] starts, Heads heads) {
        int[] keyStarts = starts.clone();
        for (int n = 1; n < starts.length; n++) {
            keyStarts[n] = keyStarts[n - 1] + starts[n] - starts[n - 1] + (n == 2 ? 0 : 5 * n);
        }
        int keys = keyStarts[keyStarts.length - 1];
        int rows = starts[starts.length - 1];
        int queryColumns = heads.query() * heads.width();
        Mat whole = mat(keys, heads.columns(), 2);
        Mat qkv = Mat.zeros(rows, heads.columns());
        Mat keysValues = Mat.zeros(keys, 2 * heads.keyValue() * heads.width());
        for (int row = 0; row < keys; row++) {
            keysValues.setRow(row, Arrays.copyOfRange(whole.copyRow(row), queryColumns, heads.columns()));
        }
        Mat ofWhole = Mat.zeros(keys, queryColumns);
        Mat expected = Mat.zeros(rows, queryColumns);
        try (TransformerOps reference = new ReferenceTransformerOps()) {
            reference.attention(whole, keyStarts, heads, ofWhole);
        }
        for (int n = 1; n < starts.length; n++) {
            for (int back = 1; back <= starts[n] - starts[n - 1]; back++) {
                qkv.setRow(starts[n] - back, whole.copyRow(keyStarts[n] - back));
                expected.setRow(starts[n] - back, ofWhole.copyRow(keyStarts[n] - back));
            }
        }
        same(
                backend,
                rows,
                queryColumns,
                1e-5,
                (ops, out) -> ops.attention(qkv, starts, keysValues, keyStarts, heads, out));
        try (TransformerOps ops = open(backend)) {
            Mat out = Mat.zeros(rows, queryColumns);
            ops.attention(qkv, starts, keysValues, keyStarts, heads, out);
            for (int row = 0; row < rows; row++) {
                assertThat(out.copyRow(row)).containsExactly(expected.copyRow(row), within(1e-5f));
            }
        }
    }

    @Test
    void attention_fewerKeysThanRows_isRefused() {
        try (TransformerOps ops = open("simd1")) {
            Heads heads = new Heads(2, 1, 4);
            assertThatThrownBy(() -> ops.attention(
                            mat(3, heads.columns(), 1),
                            new int[] {0, 3},
                            mat(2, 8, 1),
                            new int[] {0, 2},
                            heads,
                            Mat.zeros(3, 8)))
                    .hasMessageContaining("fewer keys than rows");
        }
    }

    @ParameterizedTest
    @MethodSource("backendsAndHeads")
    void rotation_agreesWithReference(String backend, int[] starts, Heads heads) {
        int rows = starts[starts.length - 1];
        Mat cosine = mat(rows, heads.width() / 2, 1);
        Mat sine = mat(rows, heads.width() / 2, 1);
        int[] positions = random.ints(rows, 0, rows).toArray();
        same(
                backend,
                rows,
                heads.columns(),
                1e-5,
                (ops, out) -> ops.rotate(out, heads.query() + heads.keyValue(), positions, 0, cosine, sine));
    }

    @Test
    void exponential_wholeRange_agreesToAFloatsPrecision() {
        Mat x = Mat.zeros(1, 16_000);
        for (int i = 0; i < x.cols(); i++) {
            x.set(0, i, -87 + 175f * i / x.cols());
        }
        for (int i = 0; i + Simd.LANES <= x.cols(); i += Simd.LANES) {
            float[] exp = SimdMath.exp(Simd.load(x.memory(), i)).toArray();
            for (int lane = 0; lane < exp.length; lane++) {
                double exact = Math.exp(x.get(0, i + lane));
                assertThat(exp[lane] / exact).isCloseTo(1, within(3e-7));
            }
        }
    }

    @Test
    void losses_extremeLogits_stayFinite() {
        try (TransformerOps ops = open("simd1")) {
            Mat certain = Mat.zeros(1, 100);
            certain.set(0, 3, 3e4f);
            Mat wrong = Mat.zeros(1, 100);
            wrong.set(0, 4, 3e4f);
            float[] loss = new float[3];
            ops.crossEntropy(certain, new int[] {3}, 0, loss);
            ops.crossEntropy(wrong, new int[] {0, 3}, 1, loss);
            ops.divergence(certain, wrong, 2, loss);
            assertThat(loss[0]).isZero();
            assertThat(loss[1]).isCloseTo(3e4f, within(1f));
            assertThat(loss[2]).isCloseTo(3e4f, within(1f));
            ops.divergence(certain, certain, 0, loss);
            assertThat(loss[0]).isZero();
        }
    }

    @Test
    void arguments_thatDoNotFit_areRefused() {
        try (TransformerOps ops = open("simd1")) {
            Mat x = mat(2, 8, 1);
            assertThatThrownBy(() -> ops.gather(x, new int[] {0, 2}, 0, mat(2, 8, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("id 2");
            assertThatThrownBy(() -> ops.attention(x, new int[] {0, 1}, new Heads(2, 1, 2), mat(2, 4, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cover");
            assertThatThrownBy(() -> ops.attention(x, new int[] {0, 0, 2}, new Heads(2, 1, 2), mat(2, 4, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no row");
            assertThatThrownBy(() -> ops.crossEntropy(x, new int[] {0, 8}, 0, new float[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("target 8");
            assertThatThrownBy(() -> ops.divergence(x, x, 1, new float[2]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ops.siluMultiply(x, mat(2, 5, 1))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Heads(3, 2, 4)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Heads(2, 2, 3)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void same(String backend, int rows, int columns, double tolerance, BiConsumer<TransformerOps, Mat> kernel) {
        Mat start = mat(rows, columns, 1);
        Mat expected = start.copy();
        Mat actual = start.copy();
        Mat oneThread = start.copy();
        try (TransformerOps reference = new ReferenceTransformerOps();
                TransformerOps ops = open(backend);
                TransformerOps single = open("simd1")) {
            kernel.accept(reference, expected);
            kernel.accept(ops, actual);
            kernel.accept(single, oneThread);
        }
        assertThat(actual.toArray()).isEqualTo(oneThread.toArray());
        float[] wanted = expected.toArray();
        float[] got = actual.toArray();
        double scale = 1;
        double worst = 0;
        for (int i = 0; i < wanted.length; i++) {
            scale = Math.max(scale, Math.abs(wanted[i]));
            // Written so that NaN counts as worst.
            worst = Math.abs(got[i] - wanted[i]) <= worst ? worst : Math.abs(got[i] - wanted[i]);
        }
        assertThat(worst).isLessThanOrEqualTo(tolerance * scale);
    }

    private Mat mat(int rows, int columns, double spread) {
        Mat mat = Mat.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < columns; col++) {
                mat.set(row, col, (float) (spread * random.nextGaussian()));
            }
        }
        return mat;
    }
}
