package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.math.Workspace;

/** The inference forms with hand-sized weights: which latents are active, how much, and what comes back. */
class FrozenSaeTest {
    private static final Offset<Float> CLOSE = within(1e-6f);
    private static final float LN_2 = 0.6931472f;

    static Stream<Ops> backends() {
        return Stream.of(new ReferenceOps(), new SimdOps(new Team(1)));
    }

    /** Rows (1, 0), (0, 1), (-1, 0) for the encoder and the decoder. */
    private static Mat directions() {
        return Mat.of(3, 2, 1, 0, 0, 1, -1, 0);
    }

    private record Coded(int[] rowStart, int[] feature, float[] value, float[] decoded) {
        static Coded of(FrozenSae sae, Mat xBD, Ops ops) {
            Codes codes = new Codes(sae.features());
            Mat decodedBD = Mat.zeros(xBD.rows(), sae.width());
            try (Workspace workspace = new Workspace(ops)) {
                sae.encode(xBD, workspace, codes);
                sae.decode(codes, workspace, decodedBD);
            }
            return new Coded(
                    Arrays.copyOf(codes.rowStart(), xBD.rows() + 1),
                    Arrays.copyOf(codes.feature(), codes.entries()),
                    Arrays.copyOf(codes.value(), codes.entries()),
                    decodedBD.toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void relu_keepsWhatIsPositive(Ops ops) {
        try (ReluForm sae = new ReluForm(directions(), Mat.row(0.5f, 0, 0), directions(), Mat.row(1, 0))) {
            // Pre-activations (2.5, 1, -2) and (0.5, -2, 0).
            Coded coded = Coded.of(sae, Mat.of(2, 2, 3, 1, 1, -2), ops);

            assertThat(coded.rowStart()).containsExactly(0, 2, 3);
            assertThat(coded.feature()).containsExactly(0, 1, 0);
            assertThat(coded.value()).containsExactly(new float[] {2.5f, 1, 0.5f}, CLOSE);
            assertThat(coded.decoded()).containsExactly(new float[] {3.5f, 1, 1.5f, 0}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void jumpRelu_withSubtraction_keepsWhatIsAboveItsLatentsThreshold(Ops ops) {
        // 2.5 is above 2; 1 is not above 1, since the comparison is strict; 0.5 is not above 2.
        try (JumpReluForm sae = new JumpReluForm(
                Mat.row(2, 1, 0), true, directions(), Mat.row(0.5f, 0, 0), directions(), Mat.row(1, 0))) {
            // Pre-activations (2.5, 1, -2), (0.5, -2, 0) and (-2.5, 3, 3).
            Coded coded = Coded.of(sae, Mat.of(3, 2, 3, 1, 1, -2, -2, 3), ops);

            assertThat(coded.rowStart()).containsExactly(0, 1, 1, 3);
            assertThat(coded.feature()).containsExactly(0, 1, 2);
            assertThat(coded.value()).containsExactly(new float[] {2.5f, 3, 3}, CLOSE);
            assertThat(coded.decoded()).containsExactly(new float[] {3.5f, 0, 1, 0, -2, 3}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void jumpRelu_withoutSubtraction_encodesTheInputAsItIs(Ops ops) {
        try (JumpReluForm sae = new JumpReluForm(
                Mat.row(2, 1, 0), false, directions(), Mat.row(0.5f, 0, 0), directions(), Mat.row(1, 0))) {
            // Pre-activations (3.5, 1, -3) and (1.5, 1.25, -1).
            Coded coded = Coded.of(sae, Mat.of(2, 2, 3, 1, 1, 1.25f), ops);

            assertThat(coded.rowStart()).containsExactly(0, 1, 2);
            assertThat(coded.feature()).containsExactly(0, 1);
            assertThat(coded.value()).containsExactly(new float[] {3.5f, 1.25f}, CLOSE);
            assertThat(coded.decoded()).containsExactly(new float[] {4.5f, 0, 1, 1.25f}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void jumpRelu_negativeThreshold_letsNothingNegativeThrough(Ops ops) {
        try (JumpReluForm sae = new JumpReluForm(
                Mat.row(-9, -9, -9), true, directions(), Mat.zeros(1, 3), directions(), Mat.zeros(1, 2))) {
            Coded coded = Coded.of(sae, Mat.of(1, 2, 3, -1), ops);

            assertThat(coded.feature()).containsExactly(0);
            assertThat(coded.value()).containsExactly(new float[] {3}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void gated_latentIsActiveByItsGateAndAsMuchAsItsMagnitude(Ops ops) {
        try (GatedForm sae = new GatedForm(
                directions(),
                Mat.row(-1, 0, 0),
                Mat.row(0.5f, -3, 0),
                Mat.row(LN_2, 0, -LN_2),
                directions(),
                Mat.row(1, 0))) {
            // Projections (2, 1, -2), (1, 4, -1) and (-3, -2, 3).
            // Gates (1, 1, -2), (0, 4, -1), (-4, -2, 3): open for 0 and 1; 1; 2.
            // Magnitudes 2 x 2 + 0.5 = 4.5 and 1 - 3 < 0; 4 - 3 = 1; 3 / 2 = 1.5.
            Coded coded = Coded.of(sae, Mat.of(3, 2, 3, 1, 2, 4, -2, -2), ops);

            assertThat(coded.rowStart()).containsExactly(0, 1, 2, 3);
            assertThat(coded.feature()).containsExactly(0, 1, 2);
            assertThat(coded.value()).containsExactly(new float[] {4.5f, 1, 1.5f}, CLOSE);
            assertThat(coded.decoded()).containsExactly(new float[] {5.5f, 0, 1, 1, -0.5f, 0}, CLOSE);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void preActivations_areWhatDecides(Ops ops) {
        Mat xBD = Mat.of(1, 2, 3, 1);
        Mat bias = Mat.row(0.5f, 0, 0);
        Mat decoderBias = Mat.row(1, 0);
        Mat zero = Mat.zeros(1, 3);
        try (Workspace workspace = new Workspace(ops)) {
            assertThat(new JumpReluForm(zero, false, directions(), bias, directions(), decoderBias)
                            .preActivations(xBD, workspace)
                            .toArray())
                    .containsExactly(new float[] {3.5f, 1, -3}, CLOSE);
            // The gate's bias, not the magnitude's.
            assertThat(new GatedForm(directions(), bias, Mat.row(9, 9, 9), zero, directions(), decoderBias)
                            .preActivations(xBD, workspace)
                            .toArray())
                    .containsExactly(new float[] {2.5f, 1, -2}, CLOSE);
        }
    }
}
