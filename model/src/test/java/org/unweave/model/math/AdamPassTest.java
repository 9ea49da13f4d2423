package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The update made from sparse gradients is Adam's own, also for the rows that no entry of a batch touches: over a thousand
 * updates it stays beside a dense Adam in double.
 */
class AdamPassTest {
    private static final int ROWS = 24;
    private static final int FEATURES = 40;
    private static final int WIDTH = 21;
    private static final int UPDATES = 1_000;
    private static final float RATE = 1e-3f;

    private final Random random = new Random(5);
    private final double[] weights = new double[FEATURES * WIDTH];
    private final double[] first = new double[FEATURES * WIDTH];
    private final double[] second = new double[FEATURES * WIDTH];

    /** @param unitRows whether the weights are a decoder's: without what lies along a row, and divided by its norm */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void adam_sparseGradientsOverAThousandUpdates_isThatOfADenseOneInDouble(boolean unitRows) {
        try (Team team = new Team(2);
                Ops ops = new SimdOps(team)) {
            Mat parameter = gaussian(FEATURES, WIDTH);
            if (unitRows) {
                ops.normalizeRows(parameter);
            }
            Mat gradient = Mat.zeros(FEATURES, WIDTH);
            Mat mean = Mat.zeros(FEATURES, WIDTH);
            Mat square = Mat.zeros(FEATURES, WIDTH);
            for (int i = 0; i < weights.length; i++) {
                weights[i] = parameter.toArray()[i];
            }
            int moved = 0;
            for (int update = 1; update <= UPDATES; update++) {
                FeatureRows part = part();
                ops.featureRows(List.of(part), unitRows ? parameter : null, gradient);
                float[] before = parameter.toArray();
                Ops.AdamStep step = new Ops.AdamStep(RATE, 0.9f, 0.999f, 1e-8f, update);
                if (unitRows) {
                    ops.adamUnitRows(parameter, gradient, 1f, mean, square, step);
                } else {
                    ops.adam(parameter, gradient, 1f, mean, square, step);
                }
                updateInDouble(part, update, unitRows);
                moved += untouchedThatMoved(part, before, parameter);
            }

            assertThat(moved).as("weights without a gradient that moved").isGreaterThan(UPDATES);
            float[] actual = parameter.toArray();
            for (int i = 0; i < weights.length; i++) {
                assertThat((double) actual[i])
                        .as("weight %d after %d updates", i, UPDATES)
                        .isCloseTo(weights[i], within(2e-5));
                assertThat((double) mean.toArray()[i]).isCloseTo(first[i], within(1e-5));
                assertThat((double) square.toArray()[i]).isCloseTo(second[i], within(1e-4 * second[i] + 1e-9));
            }
        }
    }

    private FeatureRows part() {
        Codes codes = new Codes(FEATURES);
        Mat preBF = gaussian(ROWS, FEATURES);
        // The upper half of the features is out of use for long stretches.
        int[] some = random.ints(0, FEATURES / 2 + random.nextInt(FEATURES / 2) + 1)
                .limit(12)
                .distinct()
                .sorted()
                .toArray();
        try (Ops reference = new ReferenceOps()) {
            reference.selectTopKAmong(preBF, some, 1, codes);
        }
        float[] coefficient = new float[codes.entries()];
        for (int j = 0; j < coefficient.length; j++) {
            coefficient[j] = (float) random.nextGaussian();
        }
        return new FeatureRows(codes, coefficient, gaussian(ROWS, WIDTH));
    }

    private void updateInDouble(FeatureRows part, int update, boolean unitRows) {
        double[] slope = new double[weights.length];
        Codes codes = part.codes();
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                for (int i = 0; i < WIDTH; i++) {
                    slope[codes.feature()[j] * WIDTH + i] +=
                            (double) part.coefficient()[j] * part.rowsBD().get(row, i);
                }
            }
        }
        if (unitRows) {
            removeParallel(slope);
        }
        double beta1 = 0.9f;
        double beta2 = 0.999f;
        for (int i = 0; i < weights.length; i++) {
            first[i] = beta1 * first[i] + (1 - beta1) * slope[i];
            second[i] = beta2 * second[i] + (1 - beta2) * slope[i] * slope[i];
            double mean = first[i] / (1 - Math.pow(beta1, update));
            double square = second[i] / (1 - Math.pow(beta2, update));
            weights[i] -= RATE * mean / (Math.sqrt(square) + 1e-8);
        }
        if (unitRows) {
            for (int row = 0; row < weights.length; row += WIDTH) {
                double norm = Math.sqrt(dot(weights, weights, row));
                for (int i = row; i < row + WIDTH; i++) {
                    weights[i] /= norm;
                }
            }
        }
    }

    private void removeParallel(double[] slope) {
        for (int row = 0; row < slope.length; row += WIDTH) {
            double along = dot(slope, weights, row) / dot(weights, weights, row);
            for (int i = row; i < row + WIDTH; i++) {
                slope[i] -= along * weights[i];
            }
        }
    }

    private static double dot(double[] a, double[] b, int row) {
        double sum = 0;
        for (int i = row; i < row + WIDTH; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static int untouchedThatMoved(FeatureRows part, float[] before, Mat parameter) {
        boolean[] touched = new boolean[FEATURES];
        for (int j = 0; j < part.codes().entries(); j++) {
            touched[part.codes().feature()[j]] = true;
        }
        float[] after = parameter.toArray();
        int moved = 0;
        for (int i = 0; i < after.length; i++) {
            if (!touched[i / WIDTH] && after[i] != before[i]) {
                moved++;
            }
        }
        return moved;
    }

    private Mat gaussian(int rows, int cols) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Mat.of(rows, cols, values);
    }
}
