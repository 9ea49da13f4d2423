package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Directions are orthonormal, in the order of their variance, of a fixed sign. */
class PrincipalComponentsTest {
    @Test
    void of_rotatedDiagonal_findsTheRotation() {
        // Variances 9 along (3, 4) / 5 and 2 along (4, -3) / 5.
        double[] first = {0.6, 0.8};
        double[] second = {0.8, -0.6};
        Mat covariance = Mat.zeros(2, 2);
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                covariance.set(i, j, (float) (9 * first[i] * first[j] + 2 * second[i] * second[j]));
            }
        }
        try (Mat directions = PrincipalComponents.of(covariance)) {
            for (int d = 0; d < 2; d++) {
                assertThat((double) directions.get(0, d)).isCloseTo(first[d], within(1e-6));
                assertThat((double) directions.get(1, d)).isCloseTo(second[d], within(1e-6));
            }
        }
    }

    @Test
    void of_notSquare_isRefused() {
        assertThatThrownBy(() -> PrincipalComponents.of(Mat.zeros(2, 3))).isInstanceOf(IllegalArgumentException.class);
    }
}
