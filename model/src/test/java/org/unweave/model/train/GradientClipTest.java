package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Only what is beyond the greatest norm is cut. */
class GradientClipTest {
    @Test
    void factor_normsAroundTheGreatest_cutsOnlyBeyondIt() {
        assertThat(GradientClip.factor(0.5, 1)).isEqualTo(1);
        assertThat(GradientClip.factor(4, 1)).isCloseTo(0.25, within(1e-6));
        assertThat(GradientClip.factor(4, 0)).isEqualTo(1);
        assertThat(GradientClip.factor(0, 1)).isEqualTo(1);
    }
}
