package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.DenseCodes;
import org.unweave.model.sae.GradientCheck;
import org.unweave.model.sae.LossOracle;

/**
 * Silent latents get the directions of badly reconstructed rows, at most as many as there are rows, and nothing else
 * changes; which rows is a function of the seed and the step, with chances by the norm of the error.
 */
class ResamplingTest {
    private static final int FEATURES = 6;
    private static final int WIDTH = 4;

    private final Workspace workspace = new Workspace(new ReferenceOps());
    private final Params params = GradientCheck.weights(FEATURES, WIDTH, 115);
    /** Rows of norm 2 along one axis each. */
    private final Mat xBD = Mat.of(4, 4, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2);
    /** Errors of norm 0, 1, 2 and 3. */
    private final Mat errorBD = Mat.of(4, 4, 0, 0, 0, 0, 0, 0, 0, -1, 0, 2, 0, 0, 2, 2, 1, 0);

    private FeatureSet resample(Resampling resampling, long step, int... silent) {
        return resampling.resample(FeatureSet.of(silent), params, xBD, errorBD, step, workspace);
    }

    private static double norm(float[] row) {
        double square = 0;
        for (float element : row) {
            square += (double) element * element;
        }
        return Math.sqrt(square);
    }

    /** The row whose direction a latent's decoder has taken. */
    private int rowOf(int feature) {
        float[] dec = params.decFD().copyRow(feature);
        for (int row = 0; row < dec.length; row++) {
            if (dec[row] == 1) {
                assertThat(norm(dec)).isEqualTo(1);
                return row;
            }
        }
        throw new AssertionError("latent " + feature + " has the direction of no row");
    }

    @Test
    void resample_silentLatents_takeTheDirectionsOfDifferentRows() {
        try (Params before = params.copy()) {
            double others = 0;
            for (int feature : new int[] {0, 2, 3, 5}) {
                others += norm(before.encFD().copyRow(feature)) / 4;
            }

            assertThat(resample(new Resampling(10, 1, false), 10, 1, 4).toArray())
                    .containsExactly(1, 4);

            assertThat(rowOf(1)).isNotEqualTo(rowOf(4));
            for (int feature = 0; feature < FEATURES; feature++) {
                if (feature == 1 || feature == 4) {
                    float[] wanted = new float[WIDTH];
                    wanted[rowOf(feature)] = (float) (2 * 0.2 * others); // the row itself, of norm 2
                    assertThat(params.encFD().copyRow(feature)).containsExactly(wanted, within(1e-6f));
                    assertThat(params.bEnc1F().get(0, feature)).isZero();
                } else {
                    assertThat(params.encFD().copyRow(feature))
                            .containsExactly(before.encFD().copyRow(feature));
                    assertThat(params.decFD().copyRow(feature))
                            .containsExactly(before.decFD().copyRow(feature));
                    assertThat(params.bEnc1F().get(0, feature))
                            .isEqualTo(before.bEnc1F().get(0, feature));
                }
            }
            assertThat(params.bDec1D().toArray())
                    .containsExactly(before.bDec1D().toArray());
        }
    }

    @Test
    void resample_manyDraws_chooseRowsByTheNormOfTheirError() {
        int draws = 6000;
        int[] counts = new int[4];
        for (int step = 1; step <= draws; step++) {
            resample(new Resampling(1, 7, false), step, 3);
            counts[rowOf(3)]++;
        }
        assertThat(counts[0]).as("a row without error").isZero();
        for (int row = 1; row < 4; row++) { // five standard deviations of a share of 6,000 draws are 0.032
            assertThat((double) counts[row] / draws).isCloseTo(row / 6.0, within(0.032));
        }
    }

    @Test
    void resample_twoAtOnce_aDrawnRowIsNotDrawnAgain() {
        for (long step = 1; step <= 200; step++) {
            resample(new Resampling(1, 7, false), step, 0, 1, 2);
            assertThat(Set.of(rowOf(0), rowOf(1), rowOf(2))).containsExactlyInAnyOrder(1, 2, 3);
        }
    }

    @Test
    void resample_sameSeedAndStep_isTheSame_andAnotherIsAnother() {
        long[] steps = LongStream.rangeClosed(1, 40).toArray();
        assertThat(draws(1, steps)).isEqualTo(draws(1, steps)).isNotEqualTo(draws(2, steps));
        assertThat(new HashSet<>(draws(1, steps))).as("rows over steps").hasSizeGreaterThan(1);
    }

    private List<Integer> draws(long seed, long... steps) {
        return LongStream.of(steps)
                .mapToObj(step -> {
                    resample(new Resampling(1, seed, false), step, 2);
                    return rowOf(2);
                })
                .toList();
    }

    @Test
    void resample_moreSilentThanRows_overwritesTheLowest() {
        float[] last = params.decFD().copyRow(4);

        assertThat(resample(new Resampling(10, 1, false), 10, 0, 1, 2, 3, 4).toArray())
                .containsExactly(0, 1, 2, 3);

        assertThat(Set.of(rowOf(0), rowOf(1), rowOf(2), rowOf(3))).hasSize(4);
        assertThat(params.decFD().copyRow(4)).containsExactly(last);
    }

    @Test
    void resample_allOrNoneSilent_changesNothing() {
        double[] before = LossOracle.flat(params);

        assertThat(resample(new Resampling(10, 1, false), 10, 0, 1, 2, 3, 4, 5).size())
                .isZero();
        assertThat(resample(new Resampling(10, 1, false), 10).size()).isZero();

        assertThat(LossOracle.flat(params)).containsExactly(before);
    }

    @Test
    void resample_weightsThatStay_onlyTellsWhatTheOptimiserIsToForget() {
        double[] before = LossOracle.flat(params);

        assertThat(resample(new Resampling(10, 1, true), 9, 0, 1, 2, 3, 4).toArray())
                .containsExactly(0, 1, 2, 3, 4);

        assertThat(LossOracle.flat(params)).containsExactly(before);
    }

    @Test
    void due_everyTenSteps_isAfterTheUpdateOfTheTenth_theReferencesFaultyOneBefore() {
        assertThat(LongStream.range(0, 35).filter(new Resampling(10, 1, false)::due))
                .containsExactly(10L, 20L, 30L);
        assertThat(LongStream.range(0, 35).filter(new Resampling(10, 1, true)::due))
                .containsExactly(9L, 19L, 29L);
        assertThat(LongStream.range(0, 35).filter(new Resampling(0, 1, false)::due))
                .isEmpty();
    }

    @Test
    void silent_moreThanHalfAPeriodWithoutFiring_isDrawnAnew() {
        DeadFeatures deadFeatures = new DeadFeatures(3, 1000);
        Resampling resampling = new Resampling(4, 1, false);
        deadFeatures.update(DenseCodes.of(new float[] {1, 1, 0}, new float[] {1, 1, 0}));
        deadFeatures.update(DenseCodes.of(new float[] {1, 0, 0}, new float[] {1, 0, 0}));
        deadFeatures.update(DenseCodes.of(new float[] {1, 0, 0}, new float[] {1, 0, 0}));
        assertThat(resampling.silent(deadFeatures, 2).toArray()).containsExactly(2);

        deadFeatures.update(DenseCodes.of(new float[] {1, 0, 0}, new float[] {1, 0, 0}));

        assertThat(resampling.silent(deadFeatures, 2).toArray()).containsExactly(1, 2);
    }
}
