package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.sae.part.Params;

/** The norm is over all four tensors together, and only what is beyond the greatest norm is cut. */
class GradientClipTest {
    @Test
    void norm_allTensors_isTheirCommonNorm() {
        Params gradient = new Params(Mat.row(1, 2), Mat.row(4), Mat.row(0, 2), Mat.row(0, 0));

        assertThat(GradientClip.norm(gradient, new ReferenceOps())).isEqualTo(5);
    }

    @Test
    void factor_normsAroundTheGreatest_cutsOnlyBeyondIt() {
        assertThat(GradientClip.factor(0.5, 1)).isEqualTo(1);
        assertThat(GradientClip.factor(4, 1)).isCloseTo(0.25, within(1e-6));
        assertThat(GradientClip.factor(4, 0)).isEqualTo(1);
        assertThat(GradientClip.factor(0, 1)).isEqualTo(1);
    }
}
