package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.data.RowMoments;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/** Controls are what they say: principal directions, or the input itself. */
class ControlTest {
    private static final int WIDTH = 6;
    private static final Control.Size SIZE = new Control.Size(2 * WIDTH, 3);

    private static final Mat ROWS = rows();

    /** Rows around (1, 1, ...) whose coordinates have standard deviations 6, 5, ... 1. */
    private static Mat rows() {
        Draws draws = new Draws(3, "rows");
        Mat rows = Mat.zeros(400, WIDTH);
        for (int b = 0; b < rows.rows(); b++) {
            for (int d = 0; d < WIDTH; d++) {
                rows.set(b, d, (float) (1 + (WIDTH - d) * draws.gaussian()));
            }
        }
        return rows;
    }

    private static RowMoments moments() {
        Mat mean = Mat.zeros(1, WIDTH);
        Mat covariance = Mat.zeros(WIDTH, WIDTH);
        mean.fill(1);
        for (int d = 0; d < WIDTH; d++) {
            covariance.set(d, d, (WIDTH - d) * (WIDTH - d));
        }
        return new RowMoments(mean, covariance);
    }

    private static double error(FrozenSae sae, Codes codes) {
        try (Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops());
                Mat out = Mat.zeros(ROWS.rows(), WIDTH)) {
            sae.encode(ROWS, workspace, codes);
            sae.decode(codes, workspace, out);
            device.ops().subtract(out, ROWS, out);
            return device.ops().sumOfSquares(out) / ROWS.rows();
        }
    }

    @Test
    void residual_reconstructsItsInputExactly() {
        try (RowMoments moments = moments();
                FrozenSae sae = Control.RESIDUAL.create(SIZE, moments, 1)) {
            assertThat(sae.features()).isEqualTo(2 * WIDTH);
            assertThat(error(sae, new Codes(sae.features()))).isZero();
        }
    }

    @Test
    void pca_hasTheDirectionsOfMostVarianceFirst_andAllOfThemReconstruct() {
        try (RowMoments moments = moments();
                FrozenSae three = Control.PCA.create(new Control.Size(6, 3), moments, 1);
                FrozenSae all = Control.PCA.create(new Control.Size(100, 50), moments, 1)) {
            for (int rank = 0; rank < 3; rank++) {
                assertThat(three.decFD().get(2 * rank, rank)).isCloseTo(1, within(1e-6f));
                assertThat(three.decFD().get(2 * rank + 1, rank)).isCloseTo(-1, within(1e-6f));
            }
            // What is left is the variance of the three coordinates that have no latent: 9 + 4 + 1.
            assertThat(error(three, new Codes(6))).isCloseTo(14, within(2.0));
            assertThat(all.features()).isEqualTo(2 * WIDTH);
            assertThat(error(all, new Codes(all.features()))).isLessThan(1e-8);
        }
    }

    @Test
    void ofJob_findsControlsOnly() {
        for (Control control : Control.values()) {
            assertThat(Control.ofJob(control.job())).contains(control);
            assertThat(Control.of(control.word())).isEqualTo(control);
        }
        assertThat(Control.ofJob("topk")).isEmpty();
    }
}
